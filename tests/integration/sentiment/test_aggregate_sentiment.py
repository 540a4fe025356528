"""AggregateSentiment through its real handler, over scores as the service keeps them."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.sentiment.keeping import Score, Version
from services.sentiment.scores import ScoresTable
from services.sentiment.ticker_windows import TickerWindowsTable
from services.sentiment.windows import Standing
from tests.bench import Bench, BusDown
from tests.builders import NOON, a_shift

QUARTER = timedelta(minutes=15)


def due(at: datetime = NOON) -> Due:
    return Due(schedule="tickertape-sentiment-quarter-hours", due_at=at)


def spoken(
    bench: Bench, count: int, *, at: datetime, ticker: str = "GME", polarity: str = "0.100", **changes: Any
) -> None:
    """*count* authors spoke of a ticker at one moment."""
    scores = []
    for number in range(count):
        name = f"{ticker.lower()}-{at:%d-%H-%M}-{number}"
        kept: dict[str, Any] = {
            "ticker": ticker,
            "post_id": f"reddit:{name}",
            "posted_at": at,
            "seen": "1",
            "polarity": Decimal(polarity),
            "method": "model",
            "author": name,
            "cluster": None,
            "votes": number,
            "comments": 0,
            "event": f"score-{name}",
        }
        scores.append(Score(**kept | changes))
    versions = [Version(score.post_id, at, "1", (ticker,)) for score in scores]
    ScoresTable(bench.table("Scores")).keep(versions, scores)


def a_day_of_calm(bench: Bench, ticker: str = "GME") -> None:
    for hours in range(2, 25):
        spoken(bench, 1, at=NOON - timedelta(hours=hours), ticker=ticker)


def told(envelope: Envelope) -> TickerSentimentShiftedV1:
    return TickerSentimentShiftedV1.read(envelope.data)


def test_a_change_of_mood_and_a_surge_are_announced_for_their_tickers() -> None:
    with Bench("sentiment", "aggregate_sentiment") as bench:
        a_day_of_calm(bench, "AMC")
        a_day_of_calm(bench)
        spoken(bench, 5, at=NOON - QUARTER, ticker="AMC", polarity="-0.300")
        spoken(bench, 12, at=NOON - QUARTER, polarity="0.200")
        spoken(bench, 3, at=NOON - QUARTER, ticker="BB", polarity="1.000")
        assert bench.deliver(due()) == []

        amc, gme = map(told, bench.announced())
        assert (amc.ticker, "sentiment" in amc.because) == ("AMC", True)
        assert (amc.mean, amc.previous) == (Decimal("-0.300"), Decimal("0.100"))
        assert (gme.ticker, gme.because) == ("GME", ("mentions",))
        assert (gme.mentions, gme.unique_authors, gme.usual_mentions) == (12, 12, Decimal("0.958"))
        assert gme.velocity == Decimal("5.638")
        assert gme.evidence[0] == "score-gme-27-16-45-11"
        assert {envelope.time for envelope in bench.announced()} == {NOON}


def test_a_surge_that_goes_on_is_told_once() -> None:
    with Bench("sentiment", "aggregate_sentiment") as bench:
        spoken(bench, 20, at=NOON - timedelta(minutes=2))
        for number in range(4):
            assert bench.deliver(due(NOON + number * QUARTER)) == []
        assert [told(envelope).window_end for envelope in bench.announced()] == [NOON]


def test_a_surge_that_came_back_is_told_again() -> None:
    with Bench("sentiment", "aggregate_sentiment") as bench:
        later = NOON + timedelta(hours=5)
        spoken(bench, 20, at=NOON - QUARTER)
        spoken(bench, 40, at=later - QUARTER)
        bench.deliver(due(), due(NOON + QUARTER), due(later))
        assert [told(envelope).window_end for envelope in bench.announced()] == [NOON, later]


def test_a_repeated_tick_announces_the_same_bytes_and_changes_nothing() -> None:
    with Bench("sentiment", "aggregate_sentiment") as bench:
        spoken(bench, 20, at=NOON - QUARTER)
        bench.deliver(due())
        before = bench.dump()
        spoken(bench, 7, at=NOON - 2 * QUARTER, polarity="-1.000")
        grown = bench.dump()
        assert bench.deliver(due()) == []
        first, second = bench.announced()
        assert first.model_dump_json() == second.model_dump_json()
        assert bench.dump() == grown != before


def test_an_older_tick_announces_what_it_announced_and_changes_nothing() -> None:
    with Bench("sentiment", "aggregate_sentiment") as bench:
        spoken(bench, 20, at=NOON - QUARTER)
        bench.deliver(due(), due(NOON + QUARTER))
        before = bench.dump()
        assert bench.deliver(due(), due(NOON - timedelta(minutes=5))) == []
        first, second = bench.announced()
        assert first == second
        assert bench.dump() == before


def test_ticks_in_any_order_leave_the_ticker_where_the_last_one_puts_it() -> None:
    standings = set()
    for order in permutations([due(), due(NOON + QUARTER), due(NOON + 2 * QUARTER)]):
        with Bench("sentiment", "aggregate_sentiment") as bench:
            spoken(bench, 20, at=NOON - QUARTER)
            for tick in order:
                assert bench.deliver(tick) == []
            standings.add(str(TickerWindowsTable(bench.table("TickerWindows")).standing("GME")))
    assert len(standings) == 1


def test_a_poison_message_hurts_only_itself() -> None:
    with Bench("sentiment", "aggregate_sentiment") as bench:
        spoken(bench, 20, at=NOON - QUARTER)
        assert bench.deliver("[]", due(), '{"schedule": "x", "due_at": "noon"}') == [0, 2]
        assert len(bench.announced()) == 1


def test_after_a_crash_between_write_and_announcement_the_retry_announces() -> None:
    with Bench("sentiment", "aggregate_sentiment") as bench:
        spoken(bench, 20, at=NOON - QUARTER)
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(due())
        written = bench.dump()
        assert bench.announced() == []
        bench.deliver(due(NOON + QUARTER))
        assert bench.announced() == []
        assert bench.deliver(due()) == []
        assert bench.dump().count("SHIFT#") == written.count("SHIFT#") == 1
        assert [told(envelope).window_end for envelope in bench.announced()] == [NOON]


def test_nobody_to_speak_of_leaves_no_trace() -> None:
    with Bench("sentiment", "aggregate_sentiment") as bench:
        before = bench.dump()
        assert bench.deliver(due()) == []
        assert (bench.dump(), bench.announced()) == (before, [])


def test_the_same_posts_and_tick_give_the_same_bytes() -> None:
    texts = set()
    for backwards in (False, True):
        with Bench("sentiment", "aggregate_sentiment") as bench:
            for number in sorted(range(12), reverse=backwards):
                spoken(bench, 1, at=NOON - timedelta(minutes=number + 1), polarity=f"0.{number:03}")
            bench.deliver(due())
            texts.add("".join(envelope.model_dump_json() for envelope in bench.announced()))
    assert len(texts) == 1
    assert "GME" in texts.pop()


def test_a_standing_is_kept_only_in_place_of_the_one_it_was_decided_on() -> None:
    first, second = Standing(NOON, "calm", "surging"), Standing(NOON + QUARTER, "risen", "calm")
    with Bench("sentiment", "aggregate_sentiment") as bench:
        windows = TickerWindowsTable(bench.table("TickerWindows"))
        assert windows.keep("GME", first, instead_of=None, shifted=None)
        assert not windows.keep("GME", second, instead_of=None, shifted=a_shift())
        assert not windows.keep(
            "GME", second, instead_of=Standing(NOON - QUARTER, "calm", "calm"), shifted=a_shift()
        )
        assert windows.announced("GME", second.tick) is None
        assert windows.keep("GME", second, instead_of=first, shifted=a_shift())
        assert windows.standing("GME") == second
        assert windows.announced("GME", second.tick) == a_shift()
