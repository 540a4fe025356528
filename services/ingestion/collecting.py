"""Communities are looked through on schedule: what is new goes where archives go, what was missed is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any, Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.ingestion import CollectionCompletedV1, Gap
from services.ingestion.keeping import Known, KnownPosts
from services.ingestion.reading import RawPost, Row, Unreadable, read_post

FIRST_LOOK = timedelta(minutes=15)
"""How far back a community is looked through that never was before."""
OVERLAP = timedelta(minutes=5)
"""Listings show posts late; what is seen twice is known by its id."""


class SourceUnavailable(Exception):
    """The source gives us nothing here, now or on a second try; the text says why."""


class TryLater(Exception):
    """The source, or the network before it, asks for patience; the queue has it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look through a community gave; nothing is missing later than *complete_from*."""

    rows: Sequence[Row]
    complete_from: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a community's time, looked through once. From *start* to *gap_end* not all was seen."""

    community: str
    start: datetime
    end: datetime
    found: int = 0
    new: int = 0
    failed: int = 0
    gap_end: datetime | None = None


class Visit(Protocol):
    def look(self, community: str, since: datetime, known: KnownPosts) -> Look:
        """Raises SourceUnavailable or TryLater."""
        ...


class Source(Protocol):
    @property
    def name(self) -> str: ...

    def visit(self) -> Visit: ...


class Parts(Protocol):
    def put(self, source: str, day: date, name: str, rows: Sequence[Mapping[str, Any]]) -> str: ...


class Coverage(Protocol):
    def latest(self, source: str, community: str, until: datetime) -> Window | None:
        """The last window that ends at *until* or before."""
        ...

    def keep(self, source: str, window: Window) -> None: ...


def collect_posts(
    due: Due,
    publish: Publish,
    *,
    communities: Sequence[str],
    source: Source,
    known: KnownPosts,
    parts: Parts,
    coverage: Coverage,
    tell: Callable[..., Any],
) -> None:
    """Looks through each community since the last time. Safe to repeat: a window is looked through once.

    A community that must wait fails the tick, after the others had their turn; the next try takes only it.
    """
    visit, windows, waiting = source.visit(), [], None
    for community in communities:
        last = coverage.latest(source.name, community, due.due_at)
        if last and last.end == due.due_at:
            windows.append(last)
            continue
        start = last.end if last else due.due_at - FIRST_LOOK
        try:
            look = visit.look(community, start - OVERLAP, known)
        except TryLater as error:
            waiting = error
            continue
        except SourceUnavailable as reason:
            tell("collection.skipped", extra={"community": community, "reason": str(reason)})
            window = Window(community, start, due.due_at, failed=1, gap_end=due.due_at)
        else:
            window = _keep_rows(Window(community, start, due.due_at), look, source.name, known, parts)
        coverage.keep(source.name, window)
        windows.append(window)
    if waiting:
        raise waiting
    publish(_completed(source.name, due, windows))


def _keep_rows(window: Window, look: Look, source: str, known: KnownPosts, parts: Parts) -> Window:
    posts, unreadable = _read(look.rows)
    stands = known(posts.keys())
    fresh = [row for id_, (post, row) in posts.items() if _is_news(post, row, stands.get(id_), window.start)]
    if fresh:
        # Named by what is in it, so that no second look writes over a part that is still to be linked.
        told = blake2b("".join(sorted(str(row) for row in fresh)).encode("utf-8", "replace"), digest_size=6)
        name = f"{window.end:%H%M%S}-{window.community}-{told.hexdigest()}"
        parts.put(source, window.end.date(), name, fresh)
    missed = look.complete_from if look.complete_from > window.start else None
    return Window(
        window.community,
        window.start,
        window.end,
        found=len(posts),
        new=sum(id_ not in stands for id_ in posts),
        failed=unreadable,
        gap_end=min(missed, window.end) if missed else None,
    )


def _read(rows: Sequence[Row]) -> tuple[dict[str, tuple[RawPost, Row]], int]:
    """The posts by id, each once, and how many rows were none."""
    posts: dict[str, tuple[RawPost, Row]] = {}
    unreadable = 0
    for row in rows:
        try:
            post = read_post(row)
        except Unreadable:
            unreadable += 1
        else:
            posts.setdefault(post.id, (post, row))
    return posts, unreadable


def _is_news(post: RawPost, row: Row, stands: Known | None, since: datetime) -> bool:
    """A post not known, or one removed or edited since it was."""
    if stands is None:
        return True
    if stands.removed:
        return False
    edited = row.get("edited")
    return bool(post.removed) or (isinstance(edited, (int, float)) and edited >= since.timestamp())


def _completed(source: str, due: Due, windows: Sequence[Window]) -> CollectionCompletedV1:
    gaps = sorted({(window.start, window.gap_end) for window in windows if window.gap_end})
    return CollectionCompletedV1(
        collection=source,
        window_start=min((window.start for window in windows), default=due.due_at),
        window_end=due.due_at,
        found=sum(window.found for window in windows),
        new=sum(window.new for window in windows),
        failed=sum(window.failed for window in windows),
        gaps=tuple(Gap(start=start, end=end) for start, end in gaps),
    )
