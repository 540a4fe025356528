"""CollectQuotes through its real handler, with recorded bars in the service's bucket."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope
from services.market_data.keeping import KeptQuote
from services.market_data.quotes import QuotesTable
from services.market_data.tracking import Interest
from services.market_data.watched import WatchedTable
from tests.bench import Bench, BusDown
from tests.builders import a_quote
from tests.integration.market_data.tape import BARS

OPEN, CLOSE = datetime(2021, 1, 27, 14, 30, tzinfo=UTC), datetime(2021, 1, 27, 21, 0, tzinfo=UTC)


def due(at: datetime) -> Due:
    return Due(schedule="tickertape-market_data-quotes-due", due_at=at)


def ready(bench: Bench, *tickers: str) -> None:
    bench.bucket().put_object(Key="recorded/bars.csv", Body=BARS)
    watched = WatchedTable(bench.table("Watched"))
    for ticker in tickers:
        watched.express(Interest("alice", ticker, "follow", True, OPEN))


def prices(envelopes: list[Envelope]) -> list[tuple[Any, ...]]:
    return [(e.data["ticker"], e.data["price"], e.data["confirmed"]) for e in envelopes]


def test_a_day_of_ticks_tells_the_open_and_the_close_and_never_ahead_of_time() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        assert bench.deliver(due(OPEN)) == []
        assert prices(bench.announced()) == [("GME", "354.83", False), ("SPY", "380.22", True)]
        assert bench.deliver(due(OPEN.replace(minute=45)), due(CLOSE)) == []
        assert prices(bench.announced()[2:]) == [("GME", "347.51", True), ("SPY", "374.41", True)]


def test_a_repeated_tick_keeps_the_same_and_announces_the_same() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        bench.deliver(due(OPEN))
        first = bench.announced()
        bench.deliver(due(CLOSE))
        kept, told = bench.dump(), bench.announced()
        bench.deliver(due(OPEN))
        assert bench.dump() == kept
        repeated = bench.announced()[len(told) :]
        assert [e.as_detail() for e in repeated] == [e.as_detail() for e in first]


def test_ticks_in_another_order_keep_the_same_quotes() -> None:
    def keys(*order: datetime) -> set[tuple[str, str]]:
        with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
            ready(bench, "GME")
            assert bench.deliver(*map(due, order)) == []
            return {(i["sk"], i["price"]) for i in bench.table("Quotes").scan()["Items"]}

    assert keys(OPEN, CLOSE) == keys(CLOSE, OPEN)


def test_of_many_quotes_the_newest_few_are_remembered() -> None:
    moments = [OPEN + timedelta(minutes=minute) for minute in range(10)]
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        quotes = QuotesTable(bench.table("Quotes"))
        for moment in moments:
            assert quotes.keep(KeptQuote(a_quote(as_of=moment), moment))
        recent = [kept.told.as_of for kept in quotes.recent("GME", moments[8])]
    assert recent == moments[8:0:-1]


def test_a_crash_after_the_write_announces_on_the_second_try() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(due(OPEN))
        kept = bench.dump()
        assert "354.83" in kept
        assert bench.announced() == []
        assert bench.deliver(due(OPEN)) == []
        assert bench.dump() == kept
        assert prices(bench.announced()) == [("GME", "354.83", False), ("SPY", "380.22", True)]


def test_a_poison_message_hurts_only_itself() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        ready(bench)
        assert bench.deliver("{", due(OPEN), '{"due_at": "soon", "schedule": "x"}') == [0, 2]
        assert prices(bench.announced()) == [("SPY", "380.22", True)]


def test_on_a_holiday_nothing_is_asked_and_nothing_is_said() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        ready(bench, "GME")
        assert bench.deliver(due(datetime(2021, 1, 18, 17, tzinfo=UTC))) == []
        assert bench.announced() == []
        assert bench.table("Quotes").scan()["Items"] == []


def test_a_ticker_without_bars_is_missed_alone_and_never_priced_at_zero() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        ready(bench, "ZZZZ", "GME")
        assert bench.deliver(due(OPEN)) == []
        assert [ticker for ticker, *_ in prices(bench.announced())] == ["GME", "SPY"]


def test_without_recorded_bars_there_is_no_data_and_no_failure() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        assert bench.deliver(due(OPEN)) == []
        assert bench.announced() == []


def test_a_provider_without_credentials_leaves_its_place_to_the_next() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="alpaca, recorded") as bench:
        ready(bench, "GME")
        assert bench.deliver(due(OPEN)) == []
        told = [(e.data["ticker"], e.data["provider"]) for e in bench.announced()]
        assert told == [("GME", "recorded"), ("SPY", "recorded")]


def test_a_provider_whose_pace_is_not_said_is_refused_as_the_function_starts() -> None:
    paces = {"PROVIDERS": "alpaca", "REQUESTS_PER_MINUTE": "yahoo=100"}
    with (
        pytest.raises(ValueError, match="says nothing of alpaca"),
        Bench("market_data", "collect_quotes", **paces),
    ):
        pass
