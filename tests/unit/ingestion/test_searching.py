"""What users watch is searched for: whose turn it is, what is kept of it, and who stops it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.events.arrivals import Due
from services.ingestion.keeping import Known
from services.ingestion.looking import Look, SourceUnavailable, TryLater
from services.ingestion.noting import Interest
from services.ingestion.reading import Row
from services.ingestion.searching import SEARCHES, Turn, in_turn, search_watched
from tests.builders import NOON
from tests.unit.ingestion.doubles import HELD, QUARTER, PartsPut, SourceOf, World, row

SYMBOLS = ("AMC", "BB", "GME", "NOK", "PLTR", "TSLA")
UNKNOWN = "ZZZZZZ"


@dataclass
class InterestsOf:
    counts: dict[str, int]

    def watchers(self) -> Mapping[str, int]:
        return self.counts

    def note(self, interest: Interest) -> None: ...

    def forget(self, user_id: str, deleted_at: datetime) -> None: ...


@dataclass
class SearchesHad:
    turns: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def last(self, source: str, community: str) -> Mapping[str, datetime]:
        return {ticker: at for (place, ticker), at in self.turns.items() if place == community}

    def note(self, source: str, turn: Turn, at: datetime) -> None:
        self.turns[turn.community, turn.ticker] = at


@dataclass
class Searching:
    """A search that gives each ticker's rows or what is said instead, as long as the *budget* lasts."""

    watched: dict[str, int]
    answers: dict[str, list[Row] | Exception] = field(default_factory=dict)
    budget: int = 1000
    looks: dict[str, Look] = field(default_factory=lambda: {"stocks": Look([], NOON)})
    known: dict[str, Known] = field(default_factory=dict)
    searches: SearchesHad = field(default_factory=SearchesHad)
    parts: PartsPut = field(default_factory=PartsPut)
    asked: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def search(self, community: str, ticker: str, begun: datetime) -> Sequence[Row]:
        if len(self.asked) == self.budget:
            raise TryLater("our budget is used up", 30)
        self.asked.append((community, ticker))
        answer = self.answers.get(ticker, [])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, at: datetime = NOON, looks: dict[str, Look] | None = None) -> list[str]:
        """The tickers searched for at a tick, in order."""
        self.asked.clear()
        search_watched(
            Due(schedule="quarter-hours", due_at=at),
            at,
            self.looks if looks is None else looks,
            source="reddit",
            search=self.search,
            interests=InterestsOf(self.watched),
            searches=self.searches,
            symbols=self.watched.keys() - {UNKNOWN},
            known=self._known,
            parts=self.parts,
            tell=lambda what, extra: self.told.append((what, extra)),
        )
        return [ticker for _, ticker in self.asked]

    def _known(self, ids: Collection[str]) -> Mapping[str, Known]:
        return {id_: self.known[id_] for id_ in ids if id_ in self.known}


def turns_of(watchers: dict[str, int], ticks: int, each: int) -> Counter[str]:
    """How often each ticker came where the budget lets *each* tick have so many."""
    searching = Searching(watchers, budget=each)
    return Counter(ticker for tick in range(ticks) for ticker in searching.run(NOON + tick * QUARTER))


def test_who_never_had_a_turn_is_first_and_of_those_the_most_watched() -> None:
    long_ago = NOON - timedelta(days=300)
    turns = [Turn("stocks", "GME", long_ago), Turn("stocks", "AMC"), Turn("stocks", "BB"), Turn("a", "AMC")]
    found = in_turn({"GME": 9000, "AMC": 1, "BB": 2}, turns, NOON)
    assert [(t.community, t.ticker) for t in found] == [
        ("stocks", "BB"),
        ("a", "AMC"),
        ("stocks", "AMC"),
        ("stocks", "GME"),
    ]


def test_whoever_had_a_turn_at_this_tick_or_a_later_one_has_none() -> None:
    turns = [Turn("stocks", "GME", NOON), Turn("stocks", "AMC", NOON + QUARTER)]
    assert in_turn({"GME": 1, "AMC": 1}, turns, NOON) == []


def test_a_ticker_comes_about_as_often_as_the_root_of_its_watchers() -> None:
    came = turns_of({"GME": 9} | {f"T{number}": 1 for number in range(30)}, ticks=400, each=2)
    assert came["GME"] / came["T7"] == pytest.approx(3, rel=0.1)


def test_all_come_round_however_few_watch_them() -> None:
    watchers = {f"BIG{number}": 10_000 for number in range(40)} | {"LONE": 1}
    assert turns_of(watchers, ticks=500, each=20)["LONE"] >= 2
    alike = turns_of(dict.fromkeys(watchers, 5), ticks=41, each=20)
    assert set(alike.values()) == {20}


def test_nobody_watches_anything_and_nothing_is_asked_or_told() -> None:
    searching = Searching({})
    assert searching.run() == []
    assert (searching.told, searching.parts.names) == ([], [])


def test_a_tick_that_looked_at_nothing_searches_for_nothing() -> None:
    searching = Searching({"GME": 1})
    assert searching.run(looks={}) == []
    assert searching.told == []


def test_a_ticker_that_is_no_symbol_of_ours_is_not_searched_for_and_told() -> None:
    searching = Searching({"GME": 1, UNKNOWN: 50})
    assert searching.run() == ["GME"]
    (what, extra) = searching.told[-1]
    assert (what, extra["unknown"], extra["unknown_named"]) == ("watched.searched", 1, [UNKNOWN])


def test_only_unknown_tickers_are_told_too() -> None:
    searching = Searching({UNKNOWN: 50})
    assert searching.run() == []
    assert searching.told[-1][1]["unknown"] == 1


def test_what_the_look_showed_or_two_searches_found_lands_once() -> None:
    searching = Searching({"GME": 1, "AMC": 1}, looks={"stocks": Look([row("p1")], NOON)})
    searching.answers = {"GME": [row("p1"), row("p2")], "AMC": [row("p2"), row("p3")]}
    searching.run()
    assert searching.parts.names == [["t3_p2", "t3_p3"]]
    assert next(iter(searching.parts.put_)).startswith("source=reddit/dt=2021-01-27/170000-stocks-")
    assert searching.told[-1][1] | {"unknown_named": 0} == {
        "searches": 2,
        "waiting": 0,
        "found": 4,
        "fresh": 2,
        "unknown": 0,
        "unknown_named": 0,
    }


def test_a_search_that_finds_only_what_is_known_writes_nothing() -> None:
    searching = Searching({"GME": 1}, {"GME": [row("p1"), row("&")]}, known={"reddit:t3_p1": HELD})
    searching.run()
    assert searching.parts.names == []


def test_an_edit_lands_once_though_later_searches_find_it_too() -> None:
    edited = row("p1", edited=(NOON - 2 * QUARTER).timestamp())
    searching = Searching({"GME": 1}, {"GME": [edited]}, known={"reddit:t3_p1": HELD})
    for tick in range(3):
        searching.run(NOON + tick * QUARTER)
    assert searching.parts.names == [["t3_p1"]]


def test_a_removed_post_found_again_stays_removed() -> None:
    removed = {"reddit:t3_p1": Known(None, "earlier", "removed")}
    searching = Searching({"GME": 1}, {"GME": [row("p1", edited=NOON.timestamp())]}, known=removed)
    searching.run()
    assert searching.parts.names == []


def test_each_community_has_its_own_turns_and_part() -> None:
    looks = {"stocks": Look([], NOON), "investing": Look([row("p1")], NOON)}
    searching = Searching({"GME": 1}, {"GME": [row("p1")]}, looks=looks)
    searching.run()
    assert searching.asked == [("investing", "GME"), ("stocks", "GME")]
    assert ["-stocks-" in key for key in searching.parts.put_] == [True]


def test_no_tick_searches_without_end() -> None:
    looks = {f"place{number}": Look([], NOON) for number in range(9)}
    searching = Searching(dict.fromkeys(SYMBOLS, 1), looks=looks)
    assert len(searching.run()) == SEARCHES
    assert searching.told[-1][1]["waiting"] == 9 * len(SYMBOLS) - SEARCHES


def test_where_the_budget_ends_the_next_tick_goes_on_until_all_had_their_turn() -> None:
    searching = Searching(dict.fromkeys(SYMBOLS, 1), {"AMC": [row("p1")]}, budget=2)
    assert searching.run(NOON) == ["AMC", "BB"]
    assert searching.parts.names == [["t3_p1"]]
    assert [what for what, _ in searching.told] == ["search.waits", "watched.searched"]
    assert searching.run(NOON + QUARTER) == ["GME", "NOK"]
    assert searching.run(NOON + 2 * QUARTER) == ["PLTR", "TSLA"]
    assert searching.run(NOON + 3 * QUARTER) == ["AMC", "BB"]


def test_a_search_that_never_works_does_not_keep_out_the_others() -> None:
    searching = Searching(dict.fromkeys(SYMBOLS, 1), {"AMC": TryLater("500")})
    assert searching.run(NOON) == ["AMC"]
    assert searching.run(NOON + QUARTER)[:5] == ["BB", "GME", "NOK", "PLTR", "TSLA"]


def test_a_search_refused_has_had_its_turn() -> None:
    searching = Searching({"GME": 2, "AMC": 1}, {"GME": SourceUnavailable("403"), "AMC": [row("p1")]})
    assert searching.run() == ["GME", "AMC"]
    assert searching.parts.names == [["t3_p1"]]
    what, extra = searching.told[0]
    assert (what, extra) == ("search.skipped", {"community": "stocks", "ticker": "GME", "reason": "403"})


def test_collecting_has_done_all_it_must_before_it_searches() -> None:
    had: list[tuple[datetime, datetime, list[str]]] = []
    world = World(SourceOf({"stocks": [row("p1")], "closed": SourceUnavailable("403")}))
    world.afterwards = lambda due, begun, looks: had.append((due.due_at, begun, sorted(looks)))

    completed = world.tick()
    assert had == [(NOON, NOON, ["stocks"])]
    assert world.tick() == completed
    assert had[1:] == [(NOON, NOON, [])]

    world.source.answers["closed"] = TryLater("429")
    world.run(NOON + QUARTER)
    assert len(had) == 2
