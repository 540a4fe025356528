"""LearnFeatures on its own table: any order, any number of times, the same contents."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.prediction.observations import FeaturesTable
from tests.bench import Bench
from tests.builders import NOON, a_bar, a_shift, enveloped


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("prediction", "learn_features") as bench:
        yield bench


def kept(bench: Bench, ticker: str = "GME") -> tuple[Any, Any]:
    return FeaturesTable(bench.table("Features")).history(ticker, date(2021, 1, 4), date(2021, 1, 29))


def test_bars_and_moods_are_kept_by_ticker(bench: Bench) -> None:
    assert bench.deliver(enveloped(a_bar()), enveloped(a_shift()), enveloped(a_bar(ticker="AMC"))) == []

    (bar,), (mood,) = kept(bench)
    assert (bar.day, bar.close, bar.previous_close) == (
        date(2021, 1, 27),
        Decimal("347.51"),
        Decimal("147.98"),
    )
    assert (mood.at, mood.mean, mood.mentions) == (NOON, Decimal("0.52"), 42)
    table, wednesday = FeaturesTable(bench.table("Features")), date(2021, 1, 27)
    assert table.last_session(date(2021, 2, 1)) == table.last_session(wednesday) == wednesday
    assert table.last_session(date(2021, 1, 26)) is table.last_session(date(2021, 3, 1)) is None
    assert (table.is_over(date(2021, 1, 26)), table.is_over(wednesday)) == (True, False)
    assert table.tickers_of(wednesday) == table.tickers() == ["AMC", "GME"]


def test_a_repeat_changes_nothing(bench: Bench) -> None:
    things = [enveloped(a_bar()), enveloped(a_shift())]
    bench.deliver(*things)
    before = bench.dump()
    bench.deliver(*things, *things)

    assert bench.dump() == before


def test_the_order_of_arrival_does_not_matter() -> None:
    first = enveloped(a_bar(close="340"), at=NOON, key="first")
    correction = enveloped(a_bar(close="347.51"), at=NOON + timedelta(hours=9), key="correction")
    early = enveloped(a_shift(mean="0.1"), at=NOON)
    late = enveloped(a_shift(mean="0.2"), at=NOON + timedelta(seconds=1))
    dumps = []
    for order in ([first, correction, early, late], [correction, late, first, early]):
        with Bench("prediction", "learn_features") as bench:
            bench.deliver(*order)
            dumps.append(bench.dump())
            (bar,), (mood,) = kept(bench)
            assert (bar.close, mood.mean) == (Decimal("347.51"), Decimal("0.2"))

    assert dumps[0] == dumps[1]


def test_one_broken_message_fails_alone(bench: Bench) -> None:
    broken = enveloped(a_bar(ticker="AMC")).model_copy(update={"data": {"ticker": "AMC", "close": "-1"}})

    assert bench.deliver(enveloped(a_bar()), "no event", broken, enveloped(a_shift())) == [1, 2]
    bars, moods = kept(bench)
    assert (len(bars), len(moods)) == (1, 1)
    assert kept(bench, "AMC") == ([], [])


def test_a_crash_after_the_write_changes_nothing_on_retry(bench: Bench) -> None:
    with bench.refuse_announcements():
        bench.deliver(enveloped(a_bar()))
    before = bench.dump()

    assert bench.deliver(enveloped(a_bar())) == []
    assert bench.dump() == before
    assert bench.announced() == []


def test_a_filled_weekend_is_not_a_session(bench: Bench) -> None:
    bench.deliver(enveloped(a_bar(date="2021-01-30", volume=0)))

    assert FeaturesTable(bench.table("Features")).last_session(date(2021, 1, 30)) is None


def test_history_is_read_to_its_end(bench: Bench) -> None:
    """Over a megabyte of items takes several answers."""
    table = bench.table("Features")
    with table.batch_writer() as batch:
        for i in range(300):
            ballast = {"ballast": "x" * 8000, "pk": "TICKER#GME", "volume": 1}
            day = date(2020, 1, 1) + timedelta(days=i)
            batch.put_item(Item={**ballast, "sk": f"BAR#{day}#v", "open": Decimal(1), "close": Decimal(1)})

    bars, _ = FeaturesTable(table).history("GME", date(2020, 1, 1), date(2021, 1, 1))
    assert len(bars) == 300


def test_talk_up_to_the_close_is_read_and_later_talk_is_not(bench: Bench) -> None:
    close = NOON + timedelta(hours=4)
    ends = [close, close + timedelta(minutes=15)]
    bench.deliver(*(enveloped(a_shift(window_end=end)) for end in ends))

    _, moods = FeaturesTable(bench.table("Features")).history("GME", date(2021, 1, 4), date(2021, 1, 27))
    assert [mood.at for mood in moods] == [close]
