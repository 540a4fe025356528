"""LearnFeatures forecasts: a bar or a shift of mood leads to the forecast of its close, once."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

import boto3
import pytest

from contracts.events.envelope import Envelope
from contracts.events.prediction import DirectionPredictedV1
from services.prediction.chaining import check_chain
from services.prediction.forecasts import ForecastsTable
from services.prediction.observations import FeaturesTable
from services.prediction.sessions import closes_at
from tests.bench import Bench, BusDown
from tests.builders import a_shift, enveloped
from tests.integration.prediction.history import (
    FRIDAY,
    SESSIONS,
    TICKERS,
    a_bar_of,
    a_model_in_force,
    close_of,
    closed,
    know_history,
    models_of,
)

THURSDAY = SESSIONS[-2]
MODELLED = date(2021, 1, 16)
"""In force from then on."""
GME = closed(a_bar_of("GME", FRIDAY))


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Thursday is known, and nothing was forecast yet."""
    with Bench("prediction", "learn_features") as bench:
        know_history(bench, 64, until=THURSDAY)
        a_model_in_force(bench, MODELLED)
        yield bench


def told(bench: Bench) -> list[tuple[str, date, int]]:
    records = [DirectionPredictedV1.model_validate(envelope.data) for envelope in bench.announced()]
    return [(record.ticker, record.date, record.horizon) for record in records]


def a_shift_at(day: date, *, hours_after_close: float = 0, **changes: object) -> Envelope:
    at = closes_at(day) + timedelta(hours=hours_after_close)
    return enveloped(a_shift(window_end=at, **changes), at=at)


def test_a_new_bar_leads_to_its_tickers_forecasts(bench: Bench) -> None:
    assert bench.deliver(GME) == []

    assert told(bench) == [("GME", FRIDAY, 1), ("GME", FRIDAY, 10)]
    assert {said.causationid for said in bench.announced()} == {GME.id}
    assert {said.time for said in bench.announced()} == {closes_at(FRIDAY)}


def test_what_was_written_a_moment_ago_is_read(bench: Bench) -> None:
    """DynamoDB may answer from before a write, unless asked not to."""
    asked: list[object] = []
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.append(params.get("ConsistentRead"))
    )
    table = FeaturesTable(bench.table("Features"))
    table.history("GME", THURSDAY, FRIDAY)
    table.is_over(THURSDAY)

    assert asked == [True] * 3


def test_a_shift_of_mood_leads_to_the_forecast_that_is_missing_at_the_last_close(bench: Bench) -> None:
    shift = a_shift_at(THURSDAY, hours_after_close=3)
    assert bench.deliver(shift) == []

    assert told(bench) == [("GME", THURSDAY, 1), ("GME", THURSDAY, 10)]
    assert {said.causationid for said in bench.announced()} == {shift.id}


def test_a_ticker_horizon_and_day_is_forecast_once_whatever_is_heard(bench: Bench) -> None:
    corrected = closed(a_bar_of("GME", FRIDAY).model_copy(update={"volume": 7}))
    later = corrected.model_copy(update={"id": "another-announcement"})
    shifts = [a_shift_at(FRIDAY, hours_after_close=hours) for hours in (-2, 0, 1, 20)]
    for heard in (GME, *shifts, later):
        assert bench.deliver(heard) == []

    assert told(bench) == [("GME", FRIDAY, 1), ("GME", FRIDAY, 10)]


def test_a_repeat_announces_the_same_records_under_the_same_ids(bench: Bench) -> None:
    bench.deliver(GME)
    before, first = bench.dump(), bench.announced()
    bench.deliver(GME)

    assert bench.dump() == before
    assert bench.announced()[len(first) :] == first


def test_a_repeat_that_comes_after_the_next_close_is_announced_all_the_same(bench: Bench) -> None:
    bench.deliver(first := closed(a_bar_of("AMC", FRIDAY)))
    before = bench.announced()
    monday = a_bar_of("GME", FRIDAY).model_copy(update={"date": FRIDAY + timedelta(days=3)})
    bench.deliver(closed(monday))
    told_since = len(bench.announced())
    bench.deliver(first)

    assert bench.announced()[told_since:] == before


def test_a_crash_after_the_write_loses_no_announcement(bench: Bench) -> None:
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(GME)
    before = bench.dump()
    assert bench.announced() == []

    assert bench.deliver(GME) == []
    assert bench.dump() == before
    assert len(bench.announced()) == 2


def test_one_broken_message_fails_alone(bench: Bench) -> None:
    broken = GME.model_copy(update={"data": {"ticker": "GME", "close": "-1"}})

    assert bench.deliver(closed(a_bar_of("AMC", FRIDAY)), broken, "no event", GME) == [1, 2]
    assert {ticker for ticker, _, _ in told(bench)} == {"AMC", "GME"}


def test_a_damaged_chain_fails_its_own_ticker_alone_and_its_bar_is_kept(bench: Bench) -> None:
    damaged = {"pk": "TICKER#AMC#HORIZON#1", "sk": f"DATE#{FRIDAY}", "record": "{", "tick": "t"}
    bench.table("Forecasts").put_item(Item=damaged)

    assert bench.deliver(closed(a_bar_of("AMC", FRIDAY)), GME) == [0]
    assert {ticker for ticker, _, _ in told(bench)} == {"GME"}


@pytest.mark.parametrize("in_time", [True, False])
def test_a_history_in_any_order_is_not_forecast_in_hindsight_nor_from_a_part(in_time: bool) -> None:
    """A ticker's first evening. Where its last bar is heard first, the evening's tick forecasts."""
    older = [closed(a_bar_of("GME", day)) for day in SESSIONS[-80:-1]]
    random.Random(1).shuffle(older)  # noqa: S311 (an order, no secret)
    history = [*older, GME] if in_time else [GME, *older]
    with Bench("prediction", "learn_features") as bench:
        a_model_in_force(bench, MODELLED)
        bench.deliver(closed(a_bar_of("AMC", FRIDAY)))
        for start in range(0, len(history), 10):
            assert bench.deliver(*history[start : start + 10]) == []

        assert told(bench) == ([("GME", FRIDAY, 1), ("GME", FRIDAY, 10)] if in_time else [])


def test_bars_and_ticks_in_any_order_tell_a_day_once() -> None:
    heard = [GME, a_shift_at(FRIDAY), closed(a_bar_of("AMC", FRIDAY)), closed(a_bar_of("NOK", FRIDAY))]
    for order in (heard, heard[::-1]):
        with Bench("prediction", "learn_features") as bench:
            know_history(bench, 64, until=THURSDAY)
            a_model_in_force(bench, MODELLED)
            for one in order:
                bench.deliver(one)

            assert sorted(told(bench)) == [(t, FRIDAY, h) for t in TICKERS for h in (1, 10)]
            chains = ForecastsTable(bench.table("Forecasts")).chains()
            assert [check_chain(chain) for chain in chains] == [None] * 6


def test_without_a_model_of_its_time_a_bar_is_kept_and_nothing_is_told(bench: Bench) -> None:
    models = models_of(bench)
    models.put_in_force([], models.releases()[1])

    assert bench.deliver(GME, a_shift_at(FRIDAY)) == []
    assert told(bench) == []


def test_a_damaged_model_does_not_stop_what_is_heard_from_being_kept(bench: Bench) -> None:
    models = models_of(bench)
    (release,), _ = models.releases()
    models.keep(release.key.removeprefix("models/").removesuffix(".json"), "{}")

    assert bench.deliver(GME, a_shift_at(FRIDAY)) == []
    assert told(bench) == []
    assert bench.table("Features").get_item(Key={"pk": f"SESSION#{FRIDAY}", "sk": "GME"})["Item"]


def test_the_evenings_tick_leaves_what_a_bar_told_as_it_is(bench: Bench) -> None:
    bench.deliver(GME)
    before = bench.dump()
    # The same tables, another function: the bench imports one handler.
    from services.prediction.handlers.predict_direction import handler as evening

    body = f'{{"schedule": "closes", "due_at": "{close_of(FRIDAY).due_at:%Y-%m-%dT%H:%M:%SZ}"}}'
    record = {"messageId": "1", "body": body, "attributes": {"SentTimestamp": "0"}}
    assert evening({"Records": [record]}, None) == {"batchItemFailures": []}
    assert bench.dump() == before
