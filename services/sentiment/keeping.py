"""What is kept of a scored post, and what must go: versions edited away, posts removed at their source."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from contracts.events.envelope import Envelope, Publish
from contracts.events.ingestion import PostRemovedV1
from services.sentiment.scoring import Mention


@dataclass(frozen=True, slots=True)
class Version:
    """A post as it once was: *seen* orders a post's versions, *tickers* are those it was scored for.

    *text* and *mentions* are kept to read it again with another model, and go when the version goes.
    """

    post_id: str
    posted_at: datetime
    seen: str
    tickers: tuple[str, ...]
    text: str | None = None
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """One version of a post, scored for one ticker. *event* is the id under which it was first announced.

    *shares* are (negative, neutral, positive). These, *label*, *model* and *version* are none for scores from
    before they were kept.
    """

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
    label: str | None = None
    model: str | None = None
    version: str | None = None
    shares: tuple[Decimal, Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A version's score for a ticker: as it was announced, and as other models read it since."""

    first: Score
    again: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class Adoption:
    """From *asked_at* on, posts written from *since* until before *until* have this model's score."""

    run: str
    since: datetime
    until: datetime
    model: str
    version: str
    asked_at: datetime


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


def current(kept: Kept, adoptions: Collection[Adoption]) -> Score:
    """The score in force: of the latest adoption that covers the post and has its score, else the first."""
    scores = {(score.model, score.version): score for score in kept.again}
    for adoption in sorted(adoptions, key=lambda one: (one.asked_at, one.run), reverse=True):
        found = scores.get((adoption.model, adoption.version))
        if found and adoption.since <= kept.first.posted_at < adoption.until:
            return found
    return kept.first
