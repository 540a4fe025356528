"""A briefing as it is told: of a day or a week, in one of two ways."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256

from contracts.events.summaries import DailySummaryPublishedV1
from services.summaries import composing, reviewing
from services.summaries.composing import Page
from services.summaries.weeks import DAYS, week

VARIANTS = ("a", "b")


@dataclass(frozen=True)
class Letter:
    """A mail before it is set, and what it is about."""

    date: date
    subject_line: str
    tickers: tuple[str, ...]
    page: Page

    def with_receipt(self, receipt: str) -> "Letter":
        return replace(self, page=replace(self.page, notes=(*self.page.notes, f"Receipt: {receipt}")))


def daily(
    summary: DailySummaryPublishedV1, watched: Collection[str], time_zone: str, variant: str
) -> Letter | None:
    """None where nothing that is watched is told of."""
    tickers = tuple(day.ticker for day in composing.told(summary, watched))
    if not tickers:
        return None
    page = composing.page(summary, tickers, time_zone)
    return Letter(summary.date, composing.subject_line(summary, tickers), tickers, _told_as(page, variant))


def weekly(
    last: date,
    get: Callable[[date], DailySummaryPublishedV1 | None],
    watched: Collection[str],
    variant: str,
) -> Letter | None:
    """The seven days to *last*; none where none of them tells of what is watched."""
    summaries = [found for back in range(DAYS) if (found := get(last - timedelta(days=back)))]
    told = week(last, summaries)
    tickers = tuple(one.ticker for one in reviewing.told(told, watched))[:100]
    if not tickers:
        return None
    page = reviewing.page(told, tickers)
    return Letter(last, reviewing.subject_line(told, tickers), tickers, _told_as(page, variant))


def variant_of(user_id: str, percent_b: int) -> str:
    """The same reader gets the same variant as long as the share does not fall below them."""
    place = int(sha256(f"briefing/{user_id}".encode()).hexdigest()[:8], 16) % 100
    return "b" if place < percent_b else "a"


def _told_as(page: Page, variant: str) -> Page:
    """`a` tells in full; `b` keeps of each text the first paragraph, and no chart."""
    if variant != "b":
        return page
    return replace(page, chart=(), rows=tuple(replace(r, paragraphs=r.paragraphs[:1]) for r in page.rows))
