"""CollectBars through its real handler, with recorded bars in the service's bucket."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope
from services.market_data.tracking import Interest
from services.market_data.watched import WatchedTable
from tests.bench import Bench, BusDown
from tests.integration.market_data.tape import BARS

EVENING = datetime(2021, 1, 27, 23, 0, tzinfo=UTC)
DAY_BEFORE = EVENING - timedelta(days=1)


def due(at: datetime) -> Due:
    return Due(schedule="tickertape-market_data-bars-due", due_at=at)


def ready(bench: Bench, *tickers: str) -> None:
    bench.bucket().put_object(Key="recorded/bars.csv", Body=BARS)
    watched = WatchedTable(bench.table("Watched"))
    for ticker in tickers:
        watched.express(Interest("alice", ticker, "watchlist", True, DAY_BEFORE))


def bars(envelopes: list[Envelope]) -> list[tuple[Any, ...]]:
    return [(e.data["ticker"], e.data["date"], e.data["close"], e.data["change_pct"]) for e in envelopes]


GME = [
    ("GME", "2021-01-25", "76.79", None),
    ("GME", "2021-01-26", "147.98", "92.71"),
    ("GME", "2021-01-27", "347.51", "134.84"),
]
SPY = [
    ("SPY", "2021-01-25", "384.39", None),
    ("SPY", "2021-01-26", "383.79", "-0.16"),
    ("SPY", "2021-01-27", "374.41", "-2.44"),
]


def test_the_history_of_a_new_ticker_is_announced_oldest_first() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        assert bench.deliver(due(EVENING)) == []
        assert bars(bench.announced()) == GME + SPY
        assert bench.announced()[2].time == datetime(2021, 1, 27, 21, 0, tzinfo=UTC)


def test_each_evening_brings_its_own_bar() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        bench.deliver(due(DAY_BEFORE))
        assert bars(bench.announced()) == GME[:2] + SPY[:2]
        bench.deliver(due(EVENING))
        assert bars(bench.announced()[4:]) == GME[2:] + SPY[2:]


def test_a_repeated_tick_announces_the_same_again_and_adds_no_rows() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        bench.deliver(due(DAY_BEFORE))
        bench.deliver(due(EVENING))
        rows, first = bench.dump(), bench.announced()
        bench.bucket().put_object(Key="recorded/bars.csv", Body=BARS.replace(b"147.98,", b"147.99,"))
        bench.deliver(due(EVENING), due(DAY_BEFORE))
        assert bench.dump() == rows
        again = {e.id: e.as_detail() for e in bench.announced()[len(first) :]}
        assert again == {e.id: e.as_detail() for e in first}


def test_ticks_in_another_order_keep_the_same_bars() -> None:
    def kept(*order: datetime) -> set[tuple[Any, ...]]:
        with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
            ready(bench, "GME")
            assert bench.deliver(*map(due, order)) == []
            assert bars(sorted(bench.announced(), key=lambda e: (e.data["ticker"], e.time))) == GME + SPY
            return {(i["sk"], i["close"]) for i in bench.table("Bars").scan()["Items"]}

    assert kept(DAY_BEFORE, EVENING) == kept(EVENING, DAY_BEFORE)


def test_a_crash_after_the_write_announces_everything_on_the_second_try() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(due(EVENING))
        kept = bench.dump()
        assert "347.51" in kept
        assert bench.announced() == []
        assert bench.deliver(due(EVENING)) == []
        assert bench.dump() == kept
        assert bars(bench.announced()) == GME + SPY


def test_a_poison_message_hurts_only_itself() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench)
        assert bench.deliver("[]", due(EVENING)) == [0]
        assert bars(bench.announced()) == SPY


def test_a_bar_that_cannot_be_true_is_left_out_and_its_neighbours_kept() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        broken = BARS.replace(b"147.98,147.98", b"0,147.98")
        bench.bucket().put_object(Key="recorded/bars.csv", Body=broken)
        assert bench.deliver(due(EVENING)) == []
        assert bars(bench.announced())[:2] == [GME[0], ("GME", "2021-01-27", "347.51", None)]


def test_no_more_history_is_fetched_than_the_settings_say() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded", HISTORY_SESSIONS="2") as bench:
        ready(bench)
        bench.deliver(due(EVENING))
        assert [date for _, date, *_ in bars(bench.announced())] == ["2021-01-26", "2021-01-27"]
