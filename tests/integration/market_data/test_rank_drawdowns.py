"""RankDrawdowns through its real handler, over bars as the collector keeps them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.market_data import DailyBarClosedV1
from services.market_data import parquet
from services.market_data.bars import BarsTable
from services.market_data.closing import KeptBar
from services.market_data.hours import sessions_back
from services.market_data.rankings import RankingsTable
from services.market_data.tracking import Interest
from services.market_data.watched import WatchedTable
from tests.bench import Bench, BusDown, Killed
from tests.builders import NOON, a_bar, a_ranking

EVENING = datetime(2021, 1, 27, 23, 30, tzinfo=UTC)
TODAY = date(2021, 1, 27)


def due(at: datetime = EVENING) -> Due:
    return Due(schedule="tickertape-market_data-drawdowns-due", due_at=at)


def ready(bench: Bench, today: date = TODAY, **last: str) -> None:
    """Forty sessions of each ticker: at 100, then 125, then what is given."""
    watched, bars = WatchedTable(bench.table("Watched")), BarsTable(bench.table("Bars"))
    for ticker, close in last.items():
        watched.express(Interest("alice", ticker, "watchlist", True, NOON))
        days = [session.day for session in sessions_back(today, 40)]
        prices = zip(days, ["100"] * 38 + ["125", close], strict=True)
        bars.keep([KeptBar(flat(ticker, day, price), EVENING) for day, price in prices])


def flat(ticker: str, day: date, price: str) -> DailyBarClosedV1:
    of = {name: price for name in ("open", "high", "low", "close", "adjusted_close")}
    return a_bar(ticker=ticker, date=day, volume=1000, **of)


def view(bench: Bench, name: str) -> list[str]:
    body: bytes = bench.bucket().Object(f"views/tracked/{name}").get()["Body"].read()
    return body.decode().splitlines()


def ranks(bench: Bench) -> list[Any]:
    return [[(r["ticker"], r["drawdown_pct"]) for r in e.data["top"]] for e in bench.announced()]


BOTH = [("GME", "-20.00"), ("SPY", "-4.00")]


def test_tracked_tickers_are_ranked_and_the_whole_table_is_kept() -> None:
    with Bench("market_data", "rank_drawdowns") as bench:
        ready(bench, SPY="120", GME="100")
        assert bench.deliver(due()) == []
        assert ranks(bench) == [BOTH]
        (event,) = bench.announced()
        key = "drawdowns/universe=tracked/dt=2021-01-27/20210127T233000Z.parquet"
        assert event.data["table"] == f"s3://{bench.bucket().name}/{key}"
        part = parquet.read(bench.bucket().Object(key).get()["Body"].read())
        assert [(one.symbol, one.rank, one.drawdown_pct) for one in part] == [("GME", 1, -20), ("SPY", 2, -4)]


def test_the_files_of_old_are_there_with_their_columns() -> None:
    with Bench("market_data", "rank_drawdowns") as bench:
        ready(bench, TODAY - timedelta(days=1), SPY="125", GME="110")
        assert bench.deliver(due(EVENING - timedelta(days=1))) == []
        ready(bench, SPY="120", GME="100")
        assert bench.deliver(due()) == []
        assert view(bench, "tracked_drawdown_results.csv") == [
            "date,symbol,current_price,peak_price,drawdown_pct,days_since_peak,volume,rank",
            "2021-01-26,GME,110,125,-12.00,1,1000,1",
            "2021-01-26,SPY,125,125,0.00,1,1000,2",
            "2021-01-27,GME,100,125,-20.00,1,1000,1",
            "2021-01-27,SPY,120,125,-4.00,1,1000,2",
        ]
        assert view(bench, "daily_top_candidates.csv")[1:] == view(bench, "tracked_drawdown_results.csv")[3:]


def test_a_repeat_announces_the_same_and_changes_nothing() -> None:
    with Bench("market_data", "rank_drawdowns") as bench:
        ready(bench, SPY="120", GME="100")
        bench.deliver(due())
        files = [(file.key, file.e_tag) for file in bench.bucket().objects.all()]
        ready(bench, AMC="50")
        kept = bench.dump()
        bench.deliver(due())
        first, again = bench.announced()
        assert again.as_detail() == first.as_detail()
        assert bench.dump() == kept
        assert [(file.key, file.e_tag) for file in bench.bucket().objects.all()] == files


def test_ticks_of_two_days_in_another_order_rank_the_same() -> None:
    def told(*order: datetime) -> list[Any]:
        with Bench("market_data", "rank_drawdowns") as bench:
            ready(bench, TODAY - timedelta(days=1), SPY="125", GME="110")
            ready(bench, SPY="120", GME="100")
            assert bench.deliver(*map(due, order)) == []
            return sorted((e.data["date"], e.data["top"], e.data["table"]) for e in bench.announced())

    day_before = EVENING - timedelta(days=1)
    assert told(EVENING, day_before) == told(day_before, EVENING)


def test_a_crash_after_the_write_announces_on_the_second_try() -> None:
    with Bench("market_data", "rank_drawdowns") as bench:
        ready(bench, SPY="120", GME="100")
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(due())
        kept = bench.dump()
        assert "RANKING#tracked" in kept
        assert bench.deliver(due()) == []
        assert (bench.dump(), ranks(bench)) == (kept, [BOTH])


def test_a_run_killed_after_any_call_is_whole_after_the_next_try() -> None:
    with Bench("market_data", "rank_drawdowns") as bench:
        ready(bench, SPY="120", GME="100")
        calls = 4  # before those it only reads
        while _killed(bench, calls + 1, EVENING + timedelta(minutes=calls)):
            at = EVENING + timedelta(minutes=calls)
            assert bench.deliver(due(at)) == []
            table = bench.announced()[-1].data["table"]
            assert table.endswith(f"{at:%Y%m%dT%H%M%SZ}.parquet")
            assert parquet.read(bench.bucket().Object(table.split("/", 3)[3]).get()["Body"].read())
            assert view(bench, "tracked_drawdown_results.csv")[1].startswith("2021-01-27,GME,100,")
            assert len(view(bench, "tracked_drawdown_results.csv")) == 3
            calls += 1
        assert calls >= 12


def _killed(bench: Bench, call: int, at: datetime) -> bool:
    try:
        with bench.kill_at(call, after=True):
            bench.deliver(due(at))
    except Killed:
        return True
    return False


def test_a_poison_message_hurts_only_itself() -> None:
    with Bench("market_data", "rank_drawdowns") as bench:
        ready(bench, SPY="120", GME="100")
        assert bench.deliver('{"due_at": "soon"}', due(), "[]") == [0, 2]
        assert ranks(bench) == [BOTH]


def test_a_tick_before_the_bars_goes_back_to_the_queue_and_a_holiday_to_nobody() -> None:
    with Bench("market_data", "rank_drawdowns") as bench:
        ready(bench, GME="100")
        assert bench.deliver(due(), due(datetime(2021, 1, 18, 23, 30, tzinfo=UTC))) == [0]
        ready(bench, SPY="120")
        assert bench.deliver(due()) == []
        assert ranks(bench) == [BOTH]


def test_the_way_of_the_screener_before_us_is_a_setting() -> None:
    with Bench("market_data", "rank_drawdowns", DRAWDOWN_METHOD="calendar") as bench:
        ready(bench, SPY="120")
        bench.deliver(due())
        (event,) = bench.announced()
        assert (event.data["peak_of"], event.data["sessions"]) == ("high", 172)


def test_of_two_rankings_at_once_the_first_stands() -> None:
    with Bench("market_data", "rank_drawdowns") as bench:
        rankings = RankingsTable(bench.table("CollectionRuns"))
        assert rankings.keep(a_ranking(), EVENING) == a_ranking()
        assert rankings.keep(a_ranking(ranked=7), EVENING) == a_ranking()
        assert rankings.told("tracked", date(2021, 2, 4), EVENING) == a_ranking()
