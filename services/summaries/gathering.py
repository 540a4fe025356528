"""Gathers what a day's summary needs, in whatever order it arrives."""

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

from contracts.events.envelope import Envelope, Event, Publish
from contracts.events.ingestion import PostIngestedV1, PostRemovedV1
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import SentimentScoredV1
from services.summaries.days import summary_day


class DayStats(Protocol):
    """Keeps each part under its own key, and of each part only the latest version."""

    def keep_post(self, post: PostIngestedV1, day: date, version: str) -> None: ...

    def keep_score(self, score: SentimentScoredV1, day: date, version: str) -> None: ...

    def keep_bar(self, bar: DailyBarClosedV1, version: str) -> None: ...

    def forget(self, post_id: str) -> None: ...


def gather_post(post: PostIngestedV1, publish: Publish, *, stats: DayStats) -> None:
    """Keeps a post of a summary window; what was written outside every window is in no summary."""
    if day := summary_day(post.created_at):
        stats.keep_post(post, day, version(publish.cause))


def gather_score(score: SentimentScoredV1, publish: Publish, *, stats: DayStats) -> None:
    """Keeps a score beside its post, which may arrive later or never."""
    if day := summary_day(score.posted_at):
        stats.keep_score(score, day, version(publish.cause))


def gather_bar(bar: DailyBarClosedV1, publish: Publish, *, stats: DayStats) -> None:
    """Keeps a ticker's bar of a date."""
    stats.keep_bar(bar, version(publish.cause))


def forget_post(removed: PostRemovedV1, publish: Publish, *, stats: DayStats) -> None:
    """Forgets a post and its scores for good, also where the removal overtook the post."""
    stats.forget(removed.post_id)


def each(*routes: Callable[[Any, Publish], None]) -> Callable[[Event, Publish], None]:
    """One route that takes all of *routes*, in their order; each may be repeated."""

    def all_of_them(event: Event, publish: Publish) -> None:
        for route in routes:
            route(event, publish)

    return all_of_them


def version(cause: Envelope) -> str:
    """Sorts as text: a later announcement wins, and of two at one moment always the same one."""
    return f"{cause.time.isoformat(timespec='microseconds')} {cause.id}"
