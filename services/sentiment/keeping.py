"""What is kept of a scored post, and what must go: versions edited away, posts removed at their source."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from contracts.events.envelope import Envelope, Publish
from contracts.events.ingestion import PostRemovedV1


@dataclass(frozen=True, slots=True)
class Version:
    """A post as it once was: *seen* orders a post's versions, *tickers* are those it was scored for."""

    post_id: str
    posted_at: datetime
    seen: str
    tickers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One version of a post, scored for one ticker. *event* is the id under which it was announced."""

    ticker: str
    post_id: str
    posted_at: datetime
    seen: str
    polarity: Decimal
    method: str
    author: str | None
    cluster: str | None
    votes: int
    comments: int
    event: str


class Posts(Protocol):
    def forget(self, post_id: str) -> None: ...


def forget_scores(removal: PostRemovedV1, publish: Publish, *, posts: Posts) -> None:
    """Takes a post out of every window, also out of those it would still enter. Safe to repeat."""
    posts.forget(removal.post_id)


def seen_as(cause: Envelope) -> str:
    """The place of a version among its post's: by the event's time, then by its id; never by arrival."""
    return f"{sortable(cause.time)}~{cause.id}"


def outdated(versions: Collection[Version], *, removed: bool) -> list[Version]:
    """All but the newest version of a post; all of them when the post was removed."""
    oldest_first = sorted(versions, key=lambda version: version.seen)
    return oldest_first if removed else oldest_first[:-1]


def sortable(moment: datetime) -> str:
    """UTC in one width, so that the order of texts is the order of moments."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
