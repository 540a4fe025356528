"""The fallback: VADER's word list, for when the model cannot answer."""

from collections.abc import Sequence
from importlib.metadata import version
from math import exp

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from services.sentiment.scoring import Reading, reading

MODEL = "vader"

# The compound at which VADER's authors stop calling a text neutral (Hutto & Gilbert 2014, README).
_NEUTRAL_WITHIN = 0.05
# With 2, polarity stays close to the compound: 0.25 at 0.2, 0.56 at 0.5, 0.76 at 0.8.
_STEEPNESS = 2.0


class Lexicon:
    """VADER behind the same reading as the model's. It is rougher, so every reading says `fallback`."""

    def __init__(self) -> None:
        self._analyzer = SentimentIntensityAnalyzer()
        self._version = version("vaderSentiment")

    def read(self, text: str) -> Reading:
        """Three shares whose largest is the class VADER's own thresholds give."""
        compound: float = self._analyzer.polarity_scores(text)["compound"]
        powers = [exp(_STEEPNESS * score) for score in (-compound, _NEUTRAL_WITHIN, compound)]
        shares = [power / sum(powers) for power in powers]
        return reading(shares, method="fallback", model=MODEL, version=self._version)

    def read_all(self, texts: Sequence[str]) -> list[Reading]:
        return [self.read(text) for text in texts]
