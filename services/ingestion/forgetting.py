"""Posts that were removed where they came from: where their words lie, and asking which those are."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from services.ingestion.keeping import Known
from services.ingestion.looking import SourceUnavailable, TryLater
from services.ingestion.reading import Row
from services.ingestion.sifting import part_name, sifted

EVERY = timedelta(hours=12)
"""How often a round through all posts begins: one may fail, and a post is still forgotten within 24 hours."""
AT_ONCE = 100
PAGES = 200
"""Pages a tick: those without a post to ask about cost no time of the visit, but some of the worker's."""
GIVEN_UP = timedelta(hours=20)
"""A backfill reads an archive for an hour or two, and `tape` takes it back. One that lies longer may hold
words that are to be forgotten within 24 hours; whoever still wants it hands it in again."""
EDITED = timedelta(hours=24)
"""An edit younger than this lands too: a round began since, at the latest twelve hours ago."""


@dataclass(frozen=True, slots=True)
class Round:
    """A walk through all posts: when it began, whom it asked about last (none at its end), what it found."""

    began_at: datetime
    after: str | None
    asked: int = 0
    gone: int = 0
    unanswered: int = 0


class Asking(Protocol):
    """One visit to a source, within its budget."""

    def what_became_of(self, ids: Sequence[str]) -> Sequence[Row]:
        """The posts as they are now, without those it knows nothing of.

        Raises TryLater, SourceUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """Some posts that are not removed, and after which post the next page begins; none at the end."""

    ids: Sequence[str]
    after: str | None


class Posts(Protocol):
    def page(self, source: str, after: str | None, most: int) -> Page:
        """The next posts of *source*, in a lasting order; a page may be empty and not the last."""
        ...


class Rounds(Protocol):
    def last(self, source: str) -> Round | None: ...

    def keep(self, source: str, round_: Round) -> None: ...


class Archives(Protocol):
    def handed_in_before(self, moment: datetime) -> Sequence[str]: ...

    def take_back(self, archive: str) -> None: ...


class Parts(Protocol):
    def put(self, source: str, day: date, name: str, rows: Sequence[Mapping[str, Any]]) -> str: ...


def forget_posts(
    due: Due,
    publish: Publish,
    *,
    source: str,
    visit: Callable[[], Asking],
    posts: Posts,
    rounds: Rounds,
    parts: Parts,
    archives: Archives,
    tell: Callable[..., Any],
) -> None:
    """Asks what became of every post we hold, from where the last tick stopped, as far as the visit goes.

    What is gone or was edited is put where parts land, whose linking forgets or announces it. Archives of
    backfills that were given up go as well, whether there is a source to ask or not. Safe to repeat.
    """
    for archive in archives.handed_in_before(due.due_at - GIVEN_UP):
        archives.take_back(archive)
        tell("archive.given_up", extra={"archive": archive})
    last = rounds.last(source)
    if last and last.after is None and due.due_at - last.began_at < EVERY:
        return
    walk = last if last and last.after else Round(due.due_at, None)
    asking = visit()
    for _ in range(PAGES):
        page = posts.page(source, walk.after, AT_ONCE)
        try:
            rows = asking.what_became_of(page.ids) if page.ids else ()
        except (TryLater, SourceUnavailable) as reason:
            tell("forgetting.interrupted", extra={"source": source, "reason": str(reason)})
            return
        found = sifted(rows).posts
        news = [row for post, row in found.values() if post.removed or _edited(row, due.due_at - EDITED)]
        if news:
            parts.put(source, due.due_at.date(), part_name("asked", due.due_at, news), news)
        gone = sum(bool(post.removed) for post, _ in found.values())
        walk = _further(walk, page, len(found), gone)
        rounds.keep(source, walk)
        if page.after is None:
            tell("forgetting.ended", extra={"source": source, **asdict(walk)})
            return


def _edited(row: Row, since: datetime) -> bool:
    edited = row.get("edited")
    return isinstance(edited, (int, float)) and edited >= since.timestamp()


def _further(walk: Round, page: Page, answered: int, gone: int) -> Round:
    return replace(
        walk,
        after=page.after,
        asked=walk.asked + len(page.ids),
        gone=walk.gone + gone,
        unanswered=walk.unanswered + len(page.ids) - answered,
    )


def places(
    key: str, gone: Mapping[str, str], wordy: Collection[str], stands: Mapping[str, Known]
) -> dict[str, dict[str, str]]:
    """The parts that hold words of removed posts, as part to {id: why}.

    *gone* are those that part *key* says are removed, *wordy* those of them it has words of nevertheless;
    *stands* are all posts of the part, of which some may have been removed before it landed.
    """
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for id_, known in stands.items():
        if why := gone.get(id_) or known.removed:
            own = {key} if id_ in wordy or id_ not in gone else set[str]()
            for held in own | (known.parts - {key} if id_ in gone else set()):
                found[held][id_] = why
    return dict(sorted(found.items()))
