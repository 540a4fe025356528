"""The word list that answers when the model cannot."""

from decimal import Decimal

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from services.sentiment.lexicon import Lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon()


def test_a_fallback_says_so(lexicon: Lexicon) -> None:
    found = lexicon.read("great results")

    assert (found.method, found.model, found.label) == ("fallback", "vader", "positive")
    assert found.version


@pytest.mark.parametrize(
    "text",
    [
        "I love this great company",
        "slightly good",
        "the board met on Monday",
        "a bit bad",
        "awful, a disaster",
        "",
    ],
)
def test_the_label_is_the_one_vaders_thresholds_give(lexicon: Lexicon, text: str) -> None:
    compound = SentimentIntensityAnalyzer().polarity_scores(text)["compound"]
    expected = "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"

    assert lexicon.read(text).label == expected


def test_polarity_follows_the_compound(lexicon: Lexicon) -> None:
    worse, bad, none, good, better = (
        lexicon.read(text).polarity
        for text in ("terrible awful disaster", "bad", "the board met", "good", "great amazing excellent")
    )

    assert worse < bad < none == Decimal(0) < good < better
