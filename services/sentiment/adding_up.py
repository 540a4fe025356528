"""What was said about a ticker on a day: how many posts of each label, and their mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from services.sentiment.keeping import Score
from services.sentiment.scoring import Label, dominant

_THOUSANDTH = Decimal("0.001")


class Scores(Protocol):
    def between(self, ticker: str, start: datetime, end: datetime) -> Sequence[Score]: ...


@dataclass(frozen=True, slots=True)
class Day:
    """Labels are counted and polarity is averaged over the *posts*; *skipped* entered no figure.

    *fallback* of the posts were read by the lexicon: either all, or none with the rest skipped.
    """

    date: date
    positive: int
    neutral: int
    negative: int
    polarity: Decimal
    label: Label
    posts: int
    skipped: int
    fallback: int


def day_of(ticker: str, day: date, scores: Scores) -> Day | None:
    """None where nobody spoke: that is not a neutral day."""
    start = datetime.combine(day, time(), UTC)
    found = scores.between(ticker, start, start + timedelta(days=1))
    return summed(day, found) if found else None


def summed(day: date, scores: Sequence[Score]) -> Day:
    """Readings of the lexicon count only on a day on which the model read nothing."""
    read = [score for score in scores if score.method != "fallback"]
    counted = read or list(scores)
    negative, neutral, positive = label_counts(counted)
    return Day(
        date=day,
        positive=positive,
        neutral=neutral,
        negative=negative,
        polarity=(sum((s.polarity for s in counted), Decimal(0)) / len(counted)).quantize(_THOUSANDTH),
        label=dominant(negative, neutral, positive),
        posts=len(counted),
        skipped=len(scores) - len(counted),
        fallback=0 if read else len(counted),
    )


def label_counts(scores: Sequence[Score]) -> tuple[int, int, int]:
    """(negative, neutral, positive). Scores from before labels were kept are in none."""
    labels = [score.label for score in scores]
    return labels.count("negative"), labels.count("neutral"), labels.count("positive")
