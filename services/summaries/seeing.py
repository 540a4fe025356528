"""How much of a day was seen, by what collections say of their windows: a thin day is not a calm one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from contracts.events.envelope import Publish
from contracts.events.ingestion import CollectionCompletedV1
from services.summaries.days import summary_day, window
from services.summaries.gathering import version

THIN = Decimal("0.5")
"""A day is thin where less than this share of the posts usual at such hours was seen."""
FEWEST = 10
"""Of fewer usual posts a share says nothing: five of nine may be chance."""
GAPS = timedelta(hours=1)
"""Gaps this long in sum are told where no share is known."""
LONGEST = timedelta(days=14)
"""Of a window longer than this only the last days are told apart."""

_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Look:
    """A window of a collection: what was usual in it, what share of that was seen, and its gaps."""

    start: datetime
    end: datetime
    expected: Decimal | None
    coverage: Decimal | None
    gaps: tuple[tuple[datetime, datetime], ...] = ()


class Looks(Protocol):
    def keep_look(self, collection: str, look: Look, day: date, version: str) -> None: ...


def gather_collection(done: CollectionCompletedV1, publish: Publish, *, stats: Looks) -> None:
    """Keeps what a collection says of the days its window touches. One that measures nothing says nothing."""
    if done.coverage is None and not done.gaps:
        return
    gaps = tuple((gap.start, gap.end) for gap in done.gaps)
    look = Look(done.window_start, done.window_end, done.expected, done.coverage, gaps)
    for day in _days(done.window_start, done.window_end):
        stats.keep_look(done.collection, look, day, version(publish.cause))


def coverage(looks: Sequence[Look], day: date) -> Decimal | None:
    """Σ coverage·expected ÷ Σ expected over a day's windows, each by the part of it within the day.

    None where fewer than ten posts are usual.
    """
    expected = seen = Decimal(0)
    for look in looks:
        if look.expected and look.coverage is not None:
            usual = look.expected * _share_within(look, *window(day))
            expected += usual
            seen += usual * look.coverage
    return (seen / expected).quantize(_THOUSANDTH) if expected >= FEWEST else None


def thinness(looks: Sequence[Look], day: date) -> str:
    """What a reader must know of how the day was seen; empty where nothing is amiss or known."""
    share = coverage(looks, day)
    if share is not None:
        return f"Thinly seen: about {percent(share)}% of what is usual." if share < THIN else ""
    return "Collection had gaps, so not all was seen." if _gaps(looks, *window(day)) >= GAPS else ""


def percent(share: Decimal) -> Decimal:
    return (share * 100).quantize(Decimal(1))


def _days(start: datetime, end: datetime) -> list[date]:
    moment = max(start, end - LONGEST)
    days = {summary_day(moment + timedelta(hours=n)) for n in range((end - moment) // timedelta(hours=1) + 1)}
    return sorted(day for day in {*days, summary_day(end)} if day)


def _share_within(look: Look, start: datetime, end: datetime) -> Decimal:
    length = (look.end - look.start).total_seconds()
    both = (min(look.end, end) - max(look.start, start)).total_seconds()
    return Decimal(max(both, 0)) / Decimal(length) if length > 0 else Decimal(0)


def _gaps(looks: Sequence[Look], start: datetime, end: datetime) -> timedelta:
    """How much of the time lies in a gap of any of them."""
    within = sorted((max(a, start), min(b, end)) for look in looks for a, b in look.gaps)
    total, until = timedelta(), start
    for begins, ends in within:
        total += max(ends - max(begins, until), timedelta())
        until = max(until, ends)
    return total
