"""Corrections of quotes through the real collectors, each over its own tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope
from services.market_data.keeping import KeptCorrection, KeptQuote
from services.market_data.quotes import QuotesTable
from services.market_data.tracking import Interest
from services.market_data.watched import WatchedTable
from tests.bench import Bench, BusDown
from tests.builders import NOON, a_correction, a_quote
from tests.integration.market_data.tape import BARS, handler_of

OPEN, CLOSE = datetime(2021, 1, 27, 14, 30, tzinfo=UTC), datetime(2021, 1, 27, 21, 0, tzinfo=UTC)
EVENING = datetime(2021, 1, 27, 23, 0, tzinfo=UTC)


def bars_due(at: datetime = EVENING) -> Due:
    return Due(schedule="tickertape-market_data-bars-due", due_at=at)


def quotes_due(at: datetime) -> Due:
    return Due(schedule="tickertape-market_data-quotes-due", due_at=at)


def ready(bench: Bench, *, wrong: bool = True) -> None:
    bench.bucket().put_object(Key="recorded/bars.csv", Body=BARS)
    WatchedTable(bench.table("Watched")).express(Interest("alice", "GME", "follow", True, OPEN))
    if wrong:
        quotes = QuotesTable(bench.table("Quotes"))
        assert quotes.keep(KeptQuote(a_quote(price="420", change_pct="183.82"), NOON))


def corrections(envelopes: list[Envelope]) -> list[tuple[Any, ...]]:
    return [
        (e.subject, e.data["was"], e.data["corrected"]) for e in envelopes if e.type == "QuoteCorrected.v1"
    ]


IMPOSSIBLE = ("GME/2021-01-27T17:00:00Z", "420", "380")


def test_a_final_bar_corrects_a_quote_and_the_quote_stays_on_record() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench)
        assert bench.deliver(bars_due()) == []
        assert corrections(bench.announced()) == [IMPOSSIBLE]
        (item,) = bench.table("Quotes").scan()["Items"]
        assert (item["price"], item["correction"]["corrected"]) == ("420", "380")


def test_a_repeat_corrects_again_under_the_same_id_and_another_tick_does_not() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench)
        bench.deliver(bars_due())
        kept, first = bench.dump(), bench.announced()
        bench.deliver(bars_due())
        again = bench.announced()[len(first) :]
        assert bench.dump() == kept
        assert [e.as_detail() for e in again] == [e.as_detail() for e in first]
        bench.deliver(bars_due(EVENING + timedelta(days=1)))
        assert corrections(bench.announced()) == [IMPOSSIBLE] * 2


def test_a_crash_after_the_write_corrects_on_the_second_try() -> None:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
        ready(bench)
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(bars_due())
        kept = bench.dump()
        assert '"correction"' in kept
        assert bench.deliver("{", bars_due()) == [0]
        assert bench.dump() == kept
        assert corrections(bench.announced()) == [IMPOSSIBLE]


def test_a_doubted_quote_is_corrected_by_the_next_look() -> None:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        ready(bench, wrong=False)
        soon = CLOSE - timedelta(minutes=15)
        spike = a_quote(price="30", previous_close="147.98", as_of=soon, confirmed=False, doubt="seen once")
        QuotesTable(bench.table("Quotes")).keep(KeptQuote(spike, soon))
        calm = BARS.replace(b"380.00,249.00,347.51", b"380.00,140.00,150.00")
        bench.bucket().put_object(Key="recorded/bars.csv", Body=calm)
        for _ in range(2):
            assert bench.deliver(quotes_due(CLOSE)) == []
        told = ("GME/2021-01-27T20:45:00Z", "30", "150")
        assert corrections(bench.announced()) == [told] * 2
        assert len({e.id for e in bench.announced() if e.type == "QuoteCorrected.v1"}) == 1


def test_a_quote_that_comes_after_its_bar_is_corrected_just_the_same() -> None:
    def corrected(*, quotes_first: bool) -> Any:
        with Bench("market_data", "collect_bars", PROVIDERS="recorded") as bench:
            ready(bench, wrong=False)
            collect_bars, collect_quotes = bench.handler, handler_of("collect_quotes")
            wrong = BARS.replace(b"GME,2021-01-27,354.83,", b"GME,2021-01-27,999.00,")
            for quotes in (quotes_first, not quotes_first):
                # Of one day, the quote's provider is wrong and the bar's is not.
                bench.bucket().put_object(Key="recorded/bars.csv", Body=wrong if quotes else BARS)
                bench.handler = collect_quotes if quotes else collect_bars
                assert bench.deliver(quotes_due(OPEN) if quotes else bars_due()) == []
            return corrections(bench.announced())

    told = [("GME/2021-01-27T14:30:00Z", "999", "380")]
    assert corrected(quotes_first=True) == corrected(quotes_first=False) == told


def test_of_two_corrections_at_once_the_first_stands() -> None:
    with Bench("market_data", "collect_bars") as bench:
        quotes = QuotesTable(bench.table("Quotes"))
        quotes.keep(KeptQuote(a_quote(), NOON))
        first = KeptCorrection(a_correction(), "one")
        assert quotes.correct(first) == first
        assert quotes.correct(KeptCorrection(a_correction(corrected="9"), "other")) == first
        assert [kept.correction for kept in quotes.recent("GME", NOON)] == [first]
