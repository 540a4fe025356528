"""KeepHistory through its real handler."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from services.notifications.history import HistoryTable
from tests.bench import Bench
from tests.builders import NOON, a_bar, a_correction, a_forecast, a_quote, a_shift, enveloped

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("notifications", "keep_history") as bench:
        yield bench


def table(bench: Bench) -> HistoryTable:
    return HistoryTable(bench.table("History"))


def test_bars_are_kept_once_a_day_in_any_order_and_repeated(bench: Bench) -> None:
    bars = [enveloped(a_bar(date=f"2021-01-{day}")) for day in (25, 26, 27)]
    dumps = set()
    for order in permutations(bars):
        assert bench.deliver(*order, bars[0]) == []
        dumps.add(bench.dump())
    assert len(dumps) == 1
    assert [bar.date.day for bar in table(bench).bars("GME", *ALWAYS)] == [25, 26, 27]
    assert [bar.date.day for bar in table(bench).last_bars("GME", until=a_bar().date, limit=2)] == [26, 27]


@pytest.mark.parametrize("correction_first", [True, False])
def test_a_corrected_quote_is_read_as_corrected_whichever_comes_first(
    bench: Bench, correction_first: bool
) -> None:
    correction = enveloped(a_correction())
    if correction_first:
        bench.deliver(correction)
        assert list(table(bench).quotes("GME", *ALWAYS)) == []
    table(bench).put(a_quote())
    bench.deliver(correction, correction)
    table(bench).put(a_quote())
    [quote] = table(bench).quotes("GME", *ALWAYS)
    assert (quote.price, quote.change_pct) == (a_correction().corrected, a_correction().change_pct)


def test_a_series_is_read_between_its_moments(bench: Bench) -> None:
    for late in (0, 15, 30):
        table(bench).put(a_quote(as_of=NOON + timedelta(minutes=late)))
        table(bench).put(a_shift(window_end=NOON + timedelta(minutes=late)))
    table(bench).put(a_forecast())
    inner = (NOON, NOON + timedelta(minutes=30))
    for kind in ("price_move", "sentiment_shift"):
        assert len(list(table(bench).between(kind, "GME", *inner))) == 1
    assert len(list(table(bench).forecasts("GME", *ALWAYS))) == 1
    assert list(table(bench).between("direction", "GME", *ALWAYS)) == []


def test_a_poison_message_hurts_only_itself(bench: Bench) -> None:
    forged = enveloped(a_bar()).model_copy(update={"source": "tickertape.app"})
    assert bench.deliver("{", enveloped(a_bar()), forged) == [0, 2]
    assert len(list(table(bench).bars("GME", *ALWAYS))) == 1


def test_a_failed_write_comes_again(bench: Bench) -> None:
    with bench.refuse("UpdateItem"):
        assert bench.deliver(enveloped(a_bar())) == [0]
    with bench.refuse_announcements():  # it announces nothing, so nothing fails
        assert bench.deliver(enveloped(a_bar())) == []
