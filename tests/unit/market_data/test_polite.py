"""Politeness: one vendor as a provider, in a time that stands still unless somebody waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from services.market_data.asking import PASSING, Quote, Unavailable
from services.market_data.consulting import always
from services.market_data.pacing import Pace
from services.market_data.polite import FRESH_QUOTE, Polite
from tests.builders import NOON
from tests.unit.market_data.virtual_time import Limited, RememberedInMemory, TurnsInMemory, VirtualTime

MINUTE = timedelta(minutes=1)


@dataclass
class Room:
    """A vendor and one worker who asks it."""

    granted: int = 60
    unknown: frozenset[str] = frozenset()
    bad: frozenset[str] = frozenset()
    at_once: int = 1
    waited: list[float] = field(default_factory=list)
    remembered: RememberedInMemory = field(default_factory=RememberedInMemory)

    def __post_init__(self) -> None:
        self.clock = VirtualTime()
        self.vendor = Limited(
            self.clock, self.granted, self.unknown, bad=self.bad, quotes_at_once=self.at_once
        )
        self.turns = TurnsInMemory(self.clock, Pace(self.granted))
        self.polite = Polite(self.vendor, self.turns, self.remembered, self.clock, self.wait)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock._now += timedelta(seconds=seconds)

    def ask(self, *tickers: str, patience: timedelta = timedelta.max) -> dict[str, Quote | Unavailable]:
        return dict(self.polite.quotes(tickers, NOON, lambda: patience))


def got(found: dict[str, Quote | Unavailable]) -> list[str]:
    return [ticker for ticker, answer in found.items() if isinstance(answer, Quote)]


def reasons(found: dict[str, Quote | Unavailable]) -> dict[str, str]:
    return {ticker: a.reason for ticker, a in found.items() if isinstance(a, Unavailable)}


def test_a_ticker_is_asked_for_once_however_many_want_it_while_the_answer_is_fresh() -> None:
    room = Room(unknown=frozenset({"XXX"}))
    first = room.ask("GME", "XXX")
    for _ in range(20):
        assert room.ask("GME", "XXX") == first
    assert room.vendor.asked == ["GME", "XXX"]
    room.wait(FRESH_QUOTE.total_seconds() + 5)
    room.ask("GME")
    assert room.vendor.asked == ["GME", "XXX", "GME"]


def test_what_another_worker_is_asking_is_waited_for() -> None:
    room = Room()
    room.remembered.claim("limited#QUOTE#GME", NOON, NOON + FRESH_QUOTE)
    assert reasons(room.ask("GME")) == {"GME": "not_yet"}
    assert room.vendor.asked == []
    room.remembered.give_up("limited#QUOTE#GME")
    assert got(room.ask("GME")) == ["GME"]


def test_a_worker_waits_for_its_turn_and_not_for_longer_than_it_has() -> None:
    room = Room(granted=6)
    found = room.ask("A", "B", "C", patience=timedelta(seconds=11))
    assert got(found) == ["A", "B", "C"]
    assert [round(seconds, 1) for seconds in room.waited] == [0, 10.3, 10.3]
    left = room.ask("D", "E", patience=timedelta())
    assert reasons(left) == {"D": "not_yet", "E": "not_yet"}
    assert all(isinstance(a, Unavailable) and a.rest for a in left.values())


def test_a_refusal_gives_the_tickers_back_for_the_next_to_ask() -> None:
    room = Room()
    room.vendor.granted = 1
    assert reasons(room.ask("A", "B", "C")) == {"B": "rate_limited", "C": "rate_limited"}
    assert (room.vendor.asked, room.vendor.refused) == (["A"], 1)
    assert reasons(room.ask("B")) == {"B": "rate_limited"}
    assert room.vendor.refused == 1  # left alone, not asked
    room.wait(80)
    assert got(room.ask("B")) == ["B"]


def test_out_of_reach_three_times_in_a_row_it_is_left_alone_and_probed_by_one() -> None:
    room = Room()
    room.vendor.down_until = NOON + MINUTE
    found = room.ask("A", "B", "C", "D", "E")
    assert set(reasons(found).values()) == {"unreachable"}
    assert room.vendor.asked == ["A", "B", "C"]
    room.wait(80)
    assert got(room.ask("A", "B", "C", "D", "E")) == ["A", "B", "C", "D", "E"]


def test_a_probe_that_is_answered_opens_the_door_whatever_it_says_of_its_ticker() -> None:
    room = Room(bad=frozenset({"A"}))
    room.turns.failed("limited", Unavailable("rate_limited", "429"), NOON)
    room.wait(80)
    found = room.ask("A", "B", patience=timedelta(seconds=2))
    assert (reasons(found), got(found)) == ({"A": "no_data"}, ["B"])


@pytest.mark.parametrize("bad", [{"T3"}, {"T0", "T7"}, {"T0", "T1", "T2", "T3", "T4", "T5", "T6", "T7"}])
def test_one_bad_symbol_in_a_request_spoils_it_for_no_other(bad: set[str]) -> None:
    names = [f"T{n}" for n in range(8)]
    room = Room(bad=frozenset(bad), at_once=8)
    found = room.ask(*names)
    assert got(found) == [name for name in names if name not in bad]
    assert reasons(found) == dict.fromkeys(sorted(bad), "no_data")


def test_many_tickers_go_into_one_request() -> None:
    room = Room(at_once=100, unknown=frozenset({"T007"}))
    found = room.ask(*(f"T{n:03}" for n in range(250)))
    assert (len(room.vendor.moments), len(got(found)), reasons(found)) == (3, 249, {"T007": "no_data"})


def test_without_credentials_nothing_more_is_asked_nor_anybody_left_alone() -> None:
    class Locked(Limited):
        def quotes(self, tickers: Sequence[str], at: object) -> Unavailable:
            self.moments.append(NOON)
            return Unavailable("no_credentials", "none")

    room = Room()
    locked = Locked(room.clock, 60)
    polite = Polite(locked, room.turns, room.remembered, room.clock, room.wait)
    found = dict(polite.quotes(["A", "B"], NOON, always))
    assert reasons(found) == {"A": "no_credentials", "B": "no_credentials"}
    assert (len(locked.moments), room.remembered.held, room.turns.standings["limited"].failures) == (1, {}, 0)
    assert "no_credentials" not in PASSING
