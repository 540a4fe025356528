"""Communities are looked through on schedule: what is new goes where archives go, what was missed is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.ingestion import CollectionCompletedV1, Gap
from services.ingestion.expecting import Stretch, Week, same_hours, share, usual
from services.ingestion.keeping import KnownPosts
from services.ingestion.looking import Afterwards, Look, Source, SourceUnavailable, TryLater, nothing_more
from services.ingestion.sifting import brought_by, part_name, sifted

FIRST_LOOK = timedelta(minutes=15)
"""How far back a community is looked through that never was before."""
OVERLAP = timedelta(minutes=5)
"""Listings show posts late; what is seen twice is known by its id."""
LEASE = timedelta(seconds=130)
"""How long a source is one worker's; a little longer than a worker may live."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a community's time, looked through once. From *start* to *gap_end* not all was seen.

    *within* are the posts written in it, of all *found*; *expected* is how many are usual.
    *marks* is what the source wants to be told at the next look.
    """

    community: str
    start: datetime
    end: datetime
    found: int = 0
    new: int = 0
    failed: int = 0
    gap_end: datetime | None = None
    within: int | None = None
    expected: Decimal | None = None
    marks: Mapping[str, str] = field(default_factory=dict)


class Parts(Protocol):
    def put(self, source: str, day: date, name: str, rows: Sequence[Mapping[str, Any]]) -> str: ...


class Coverage(Protocol):
    def latest(self, source: str, community: str, until: datetime) -> Window | None:
        """The last window that ends at *until* or before: its end is the watermark."""
        ...

    def covering(self, source: str, community: str, at: datetime) -> Window | None:
        """The window that *at* lies in or ends."""
        ...

    def keep(self, source: str, window: Window) -> Window:
        """Keeps the window unless one stands that ends with it; gives what stands."""
        ...

    def weeks(self, source: str, community: str, stretches: Sequence[Stretch]) -> Sequence[Week]:
        """What was seen of each stretch by the windows that end in it."""
        ...

    def take_on(self, source: str, due_at: datetime) -> bool:
        """The tick of *due_at* waits for what is left; not if a later one does already."""
        ...


class Leases(Protocol):
    def take(self, source: str, holder: str, now: datetime, until: datetime) -> bool:
        """False while another holds it."""
        ...

    def give_back(self, source: str, holder: str) -> None: ...


def collect_posts(
    due: Due,
    publish: Publish,
    *,
    source: Source,
    known: KnownPosts,
    parts: Parts,
    coverage: Coverage,
    leases: Leases,
    holder: str,
    again: Callable[[Due, timedelta], None],
    clock: Callable[[], datetime],
    tell: Callable[..., Any],
    afterwards: Afterwards = nothing_more,
) -> None:
    """Looks through each community since the last time. Safe to repeat and to overlap.

    A source is one worker's at a time; a tick that finds it taken comes *again*. So does one that could not
    look through all: the latest, which then looks as far back as any before it would have. An older tick
    tells what it could not see as gaps, and is done.
    """
    now = clock()
    if not leases.take(source.name, holder, now, now + LEASE):
        again(due, LEASE)
        return
    windows, waiting, looks = _looked_through(due.due_at, source, known, parts, coverage, tell)
    if waiting and coverage.take_on(source.name, due.due_at):
        again(due, timedelta(seconds=min(late.seconds for _, late in waiting)))
    elif windows or waiting:
        publish(_completed(source.name, due, [*windows, *(_unseen(window) for window, _ in waiting)]))
    if not waiting:
        afterwards(due, now, looks)
    leases.give_back(source.name, holder)


def _looked_through(
    at: datetime,
    source: Source,
    known: KnownPosts,
    parts: Parts,
    coverage: Coverage,
    tell: Callable[..., Any],
) -> tuple[list[Window], list[tuple[Window, TryLater]], dict[str, Look]]:
    """The windows that end with this tick, those that must wait, and the looks had now.

    What a later tick has seen is done.
    """
    visit, looks = source.visit(), dict[str, Look]()
    windows, waiting = list[Window](), list[tuple[Window, TryLater]]()
    for community in source.communities:
        if stands := coverage.covering(source.name, community, at):
            windows += [stands] if stands.end == at else []
            continue
        window = _next(community, coverage.latest(source.name, community, at), at)
        try:
            look = looks[community] = visit.look(community, window.start - OVERLAP, known, window.marks)
        except SourceUnavailable as reason:
            tell("collection.skipped", extra={"community": community, "reason": str(reason)})
            windows.append(coverage.keep(source.name, _measured(_unseen(window), source.name, coverage)))
            continue
        seen = _keep_rows(window, look, source.name, known, parts)
        if look.left:
            tell("collection.waits", extra={"community": community, "reason": str(look.left)})
            waiting.append((window, look.left))
        else:
            windows.append(coverage.keep(source.name, _measured(seen, source.name, coverage)))
    return windows, waiting, looks


def _next(community: str, last: Window | None, at: datetime) -> Window:
    if last is None:
        return Window(community, at - FIRST_LOOK, at)
    return Window(community, last.end, at, marks=last.marks)


def _unseen(window: Window) -> Window:
    return replace(window, failed=1, gap_end=window.end, within=0)


def _measured(window: Window, source: str, coverage: Coverage) -> Window:
    stretches = same_hours(window.start, window.end)
    weeks = coverage.weeks(source, window.community, stretches)
    return replace(window, expected=usual(window.end - window.start, stretches, weeks))


def _keep_rows(window: Window, look: Look, source: str, known: KnownPosts, parts: Parts) -> Window:
    seen = sifted(look.rows)
    stands = known(seen.posts.keys())
    if fresh := seen.news(stands, window.start):
        parts.put(source, window.end.date(), part_name(window.community, window.end, fresh), fresh)
    missed = look.complete_from if look.complete_from > window.start else None
    return replace(
        window,
        found=len(seen.posts),
        new=sum(
            id_ not in stands or brought_by(stands[id_], window.community, window.end) for id_ in seen.posts
        ),
        failed=seen.unreadable,
        gap_end=min(missed, window.end) if missed else None,
        within=sum(window.start <= post.created_at < window.end for post, _ in seen.posts.values()),
        marks=look.marks,
    )


def _completed(source: str, due: Due, windows: Sequence[Window]) -> CollectionCompletedV1:
    gaps = sorted({(window.start, window.gap_end) for window in windows if window.gap_end})
    # A community seen for the first weeks has no usual yet; it does not hide what the others lack.
    known = [(window.within or 0, window.expected) for window in windows if window.expected is not None]
    expected = sum((usually for _, usually in known), Decimal(0)) if known else None
    return CollectionCompletedV1(
        collection=source,
        window_start=min((window.start for window in windows), default=due.due_at),
        window_end=due.due_at,
        found=sum(window.found for window in windows),
        new=sum(window.new for window in windows),
        failed=sum(window.failed for window in windows),
        coverage=share(sum(within for within, _ in known), expected) if expected else None,
        expected=expected,
        gaps=tuple(Gap(start=start, end=end) for start, end in gaps),
    )
