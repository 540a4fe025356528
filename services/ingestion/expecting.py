"""How many posts are usual at an hour of the week, and what share of them was seen.

The hours are New York's, whose exchange sets the pace: its clocks change, and the talk with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
WEEKS = 8
FEWEST_WEEKS = 4
ENOUGH = 0.5
"""Share of its hours that must have been looked through for a week to count."""

_HOUR = timedelta(hours=1)
_TENTH, _THOUSANDTH = Decimal("0.1"), Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole hours of one week, those that hold a window of another."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """What was seen of a stretch: posts, and the time that was looked through without a gap."""

    posts: int
    seen: timedelta


def same_hours(start: datetime, end: datetime) -> list[Stretch]:
    """The hours from *start* to *end* in each of the eight weeks before, the latest first."""
    first, last = _there(start), _there(end)
    begins = first.replace(minute=0, second=0, microsecond=0)
    ends = last.replace(minute=0, second=0, microsecond=0)
    ends += _HOUR if ends != last else timedelta()
    return [Stretch(_weeks_before(begins, n), _weeks_before(ends, n)) for n in range(1, WEEKS + 1)]


def usual(length: timedelta, stretches: Sequence[Stretch], weeks: Sequence[Week]) -> Decimal | None:
    """Posts usual in a time of *length*: the median over weeks of posts ÷ time seen, × *length*.

    None where fewer than four weeks saw half of their stretch. The median, so that neither one day of madness
    nor one of outage is usual.
    """
    rates = [
        Decimal(week.posts) / Decimal(week.seen.total_seconds())
        for stretch, week in zip(stretches, weeks, strict=True)
        if week.seen and week.seen >= ENOUGH * (stretch.end - stretch.start)
    ]
    if len(rates) < FEWEST_WEEKS:
        return None
    return (median(rates) * Decimal(length.total_seconds())).quantize(_TENTH)


def share(found: int, expected: Decimal) -> Decimal | None:
    """min(1, found ÷ expected); none where nothing is usual, for then nothing can be missed."""
    return min(Decimal(1), found / expected).quantize(_THOUSANDTH) if expected else None


def _there(moment: datetime) -> datetime:
    return moment.astimezone(NEW_YORK).replace(tzinfo=None)


def _weeks_before(there: datetime, weeks: int) -> datetime:
    return (there - timedelta(weeks=weeks)).replace(tzinfo=NEW_YORK).astimezone(UTC)
