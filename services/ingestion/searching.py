"""What users watch is searched for, a few tickers a tick, once all listings were looked through."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from contracts.events.arrivals import Due
from services.ingestion.collecting import Parts
from services.ingestion.keeping import KnownPosts
from services.ingestion.looking import Look, SourceUnavailable, TryLater
from services.ingestion.noting import Interests
from services.ingestion.reading import Row
from services.ingestion.sifting import part_name, sifted

SEARCHES = 20
"""In one tick, each a request of the source's budget."""
NEVER = datetime.min.replace(tzinfo=UTC)
_A_DAY, _A_MOMENT = timedelta(days=1), timedelta(microseconds=1)
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Turn:
    """A ticker to be searched for in a community, and when it last was."""

    community: str
    ticker: str
    last: datetime = NEVER


class Searches(Protocol):
    def last(self, source: str, community: str) -> Mapping[str, datetime]:
        """When each ticker last had its turn."""
        ...

    def note(self, source: str, turn: Turn, at: datetime) -> None: ...


def in_turn(watchers: Mapping[str, int], turns: Iterable[Turn], at: datetime) -> list[Turn]:
    """Whose turn it is, first to last: by waited² x watchers, so that nobody waits for ever.

    Tickers come about as often as the square roots of their watchers, which makes users wait the least on the
    whole (Ammar and Wong, 1985; this order: Vaidya and Hameed, 1999).
    """

    def urgency(turn: Turn) -> tuple[float, str, str]:
        return (-watchers[turn.ticker] * (at - turn.last).total_seconds() ** 2, turn.ticker, turn.community)

    return sorted((turn for turn in turns if turn.last < at), key=urgency)


def search_watched(
    due: Due,
    begun: datetime,
    looks: Mapping[str, Look],
    *,
    source: str,
    search: Callable[[str, str, datetime], Sequence[Row]],
    interests: Interests,
    searches: Searches,
    symbols: Collection[str],
    known: KnownPosts,
    parts: Parts,
    tell: Callable[..., Any],
) -> None:
    """Searches communities just looked through for what is watched, and keeps what the looks did not show.

    Windows and what they tell stay as they are. Whoever has no turn before the budget ends has it next time.
    """
    watched = interests.watchers() if looks else {}
    watchers = {ticker: count for ticker, count in watched.items() if ticker in symbols}
    if not watched:
        return
    turns = in_turn(watchers, _turns(source, looks, watchers, searches), due.due_at)
    answers = _answers(turns[:SEARCHES], begun, search, tell)
    news = {name: _news(name, look, answers, due.due_at, known) for name, look in looks.items()}
    for community, rows in news.items():
        if rows:
            parts.put(source, due.due_at.date(), part_name(community, due.due_at, rows), rows)
    for place, turn in enumerate(answers):
        # A moment apart, so that those of one tick keep their order and none is always the last.
        searches.note(source, turn, due.due_at + place * _A_MOMENT)
    tell("watched.searched", extra=_told(turns, answers, news, sorted(watched.keys() - watchers.keys())))


def _turns(
    source: str, communities: Iterable[str], tickers: Collection[str], searches: Searches
) -> Iterable[Turn]:
    for community in communities:
        last = searches.last(source, community)
        yield from (Turn(community, ticker, last.get(ticker, NEVER)) for ticker in tickers)


def _answers(
    turns: Sequence[Turn],
    begun: datetime,
    search: Callable[[str, str, datetime], Sequence[Row]],
    tell: Callable[..., Any],
) -> Mapping[Turn, Sequence[Row]]:
    """What each search gave, up to the first that must wait."""
    found: dict[Turn, Sequence[Row]] = {}
    for turn in turns:
        said = {"community": turn.community, "ticker": turn.ticker}
        try:
            found[turn] = search(turn.community, turn.ticker, begun)
        except SourceUnavailable as reason:
            tell("search.skipped", extra=said | {"reason": str(reason)})
            found[turn] = []
        except TryLater as late:
            tell("search.waits", extra=said | {"reason": str(late)})
            # First in turn and never to be had, it would keep out all others for ever.
            return found or {turn: []}
    return found


def _news(
    community: str, look: Look, answers: Mapping[Turn, Sequence[Row]], at: datetime, known: KnownPosts
) -> Sequence[Row]:
    """What the look did not show, each post once; of those known, what changed since the last turn."""
    shown = sifted(look.rows).posts.keys()
    brought: list[Row] = []
    for turn, rows in answers.items():
        if turn.community == community:
            found = sifted(rows)
            brought += found.news(known(found.posts.keys()), max(turn.last, at - _A_DAY))
    return [row for id_, (_, row) in sifted(brought).posts.items() if id_ not in shown]


def _told(
    turns: Sequence[Turn],
    answers: Mapping[Turn, Sequence[Row]],
    news: Mapping[str, Sequence[Row]],
    unknown: Sequence[str],
) -> dict[str, Any]:
    return {
        "searches": len(answers),
        "waiting": len(turns) - len(answers),
        "found": sum(map(len, answers.values())),
        "fresh": sum(map(len, news.values())),
        "unknown": len(unknown),
        "unknown_named": unknown[:_NAMED],
    }
