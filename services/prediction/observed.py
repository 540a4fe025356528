"""What forecasts are made of: closed sessions, and the talk of windows."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """A closed session. Prices are dollars, alike adjusted within one bar; volume is shares."""

    day: date
    open: Decimal
    close: Decimal
    previous_close: Decimal | None
    volume: int


@dataclass(frozen=True, slots=True)
class Mood:
    """The talk of a window that ended at *at*: mean polarity −1…1 of so many mentions.

    *previous* is the mean of the time before, *coverage* the share of the usual posts that collection saw;
    None where it was not told.
    """

    at: datetime
    mean: Decimal
    mentions: int
    usual_mentions: Decimal
    previous: Decimal | None = None
    authors: int | None = None
    coverage: Decimal | None = None


def is_session(day: date, volume: int) -> bool:
    """A bar without volume is a filled gap; so is one dated on a weekend."""
    return volume > 0 and day.weekday() < 5
