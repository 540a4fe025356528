"""PredictDirection on its own tables: chains are kept, and told until they are heard."""

from collections.abc import Iterator
from datetime import timedelta
from logging import getLogger

import pytest
from botocore.exceptions import ClientError

from contracts.events.prediction import DirectionPredictedV1
from services.prediction.chaining import FIRST, Told, chained, record_hash
from services.prediction.forecasts import ForecastsTable
from services.prediction.observations import FeaturesTable
from services.prediction.training import train_model
from tests.bench import Bench, BusDown
from tests.builders import Said, a_forecast, enveloped
from tests.integration.prediction.history import (
    FRIDAY,
    SESSIONS,
    TICKERS,
    TRAINING,
    a_model_in_force,
    close_of,
    know_history,
    models_of,
)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("prediction", "predict_direction") as bench:
        know_history(bench)
        a_model_in_force(bench)
        yield bench


def told(bench: Bench) -> list[DirectionPredictedV1]:
    return [DirectionPredictedV1.model_validate(envelope.data) for envelope in bench.announced()]


def test_each_ticker_is_forecast_at_each_horizon(bench: Bench) -> None:
    assert bench.deliver(close_of(FRIDAY)) == []

    records = told(bench)
    assert {(r.ticker, r.horizon, r.date) for r in records} == {
        (ticker, days, FRIDAY) for ticker in TICKERS for days in (1, 10)
    }
    assert all(r.record_hash == record_hash(r) for r in records)
    assert {r.direction for r in records if r.horizon == 1} <= {"up", "down"}
    assert {r.direction for r in records if r.horizon == 10} == {"no_edge"}


def test_a_repeat_announces_the_same_records_under_the_same_ids(bench: Bench) -> None:
    bench.deliver(close_of(FRIDAY))
    before, first = bench.dump(), bench.announced()
    bench.deliver(close_of(FRIDAY))

    assert bench.dump() == before
    assert bench.announced()[len(first) :] == first


def test_a_crash_after_the_write_loses_no_announcement(bench: Bench) -> None:
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(close_of(FRIDAY))
    before = bench.dump()
    assert bench.announced() == []

    assert bench.deliver(close_of(FRIDAY)) == []
    assert bench.dump() == before
    assert len(bench.announced()) == 6


def test_ticks_out_of_order_are_all_told_and_chained_as_they_came() -> None:
    days = [SESSIONS[-1], SESSIONS[-3], SESSIONS[-2]]
    outcomes = []
    for order in (days, sorted(days)):
        with Bench("prediction", "predict_direction") as bench:
            know_history(bench)
            a_model_in_force(bench)
            bench.deliver(*(close_of(day) for day in order))
            records = told(bench)
        chain = [r for r in records if (r.ticker, r.horizon) == ("GME", 1)]
        assert [r.date for r in chain] == order
        assert [r.previous_hash for r in chain] == [FIRST, *(r.record_hash for r in chain[:-1])]
        outcomes.append({(r.ticker, r.date, r.horizon, r.probability_up) for r in records})

    assert outcomes[0] == outcomes[1]


def test_a_broken_tick_fails_alone(bench: Bench) -> None:
    assert bench.deliver("nothing", close_of(FRIDAY)) == [0]
    assert len(bench.announced()) == 6


def test_the_next_ticks_of_a_long_weekend_say_nothing_new(bench: Bench) -> None:
    bench.deliver(close_of(FRIDAY), close_of(FRIDAY + timedelta(days=3)))

    assert len(bench.announced()) == 6


def test_before_any_model_nothing_is_announced() -> None:
    with Bench("prediction", "predict_direction") as bench:
        know_history(bench)

        assert bench.deliver(close_of(FRIDAY)) == []
        assert bench.announced() == []


def test_a_day_before_the_first_model_is_not_forecast_in_hindsight(bench: Bench) -> None:
    assert bench.deliver(close_of(SESSIONS[-20])) == []
    assert bench.announced() == []


def test_a_chain_that_moved_on_meanwhile_takes_no_second_record_there(bench: Bench) -> None:
    table = ForecastsTable(bench.table("Forecasts"))
    first = chained(a_forecast(date=SESSIONS[-2]), FIRST)
    table.append([Told(first, "tick-1")])

    for late in (chained(a_forecast(), FIRST), chained(a_forecast(), "1" * 64)):
        with pytest.raises(ClientError, match="TransactionCanceled"):
            table.append([Told(late, "tick-2")])
    assert table.links("GME", FRIDAY, [1])[1].head == first.record_hash


def test_what_train_model_made_is_what_predict_direction_uses(bench: Bench) -> None:
    know_history(bench, sessions=160)
    observations, models = FeaturesTable(bench.table("Features")), models_of(bench)
    said = Said(enveloped(TRAINING))
    train_model(TRAINING, said, observations=observations, models=models, log=getLogger())
    bench.deliver(close_of(SESSIONS[-2]), close_of(FRIDAY + timedelta(days=1)))

    records = told(bench)
    assert {(str(r.date), r.model_version[:10]) for r in records} == {
        ("2021-01-28", "2021-01-16"),
        ("2021-01-29", "2021-01-30"),
    }
    assert {r.horizon for r in records if r.date == FRIDAY} == {1, 10, 21}
