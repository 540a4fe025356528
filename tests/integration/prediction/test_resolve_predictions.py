"""ResolvePredictions on its own tables: each forecast is scored once, whatever came first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.events.arrivals import Due
from contracts.events.prediction import PredictionResolvedV1
from services.prediction.chaining import FIRST, Told, chained, check_chain
from services.prediction.forecasts import ForecastsTable
from services.prediction.observations import FeaturesTable
from services.prediction.resolving import resolution
from tests.bench import Bench, BusDown
from tests.builders import a_bar, a_forecast, a_resolution, enveloped
from tools.tape.verifying import verdict

DAYS = [date(2021, 1, 27), date(2021, 1, 28), date(2021, 1, 29), date(2021, 2, 1)]
CLOSES = ["347.51", "193.60", "325.00", "225.00"]


def evening(day: date) -> Due:
    """The tick at seven in New York, in winter."""
    return Due(schedule="evenings", due_at=datetime(day.year, day.month, day.day + 1, tzinfo=UTC))


def hear(bench: Bench, *positions: int, closes: Sequence[str] = CLOSES) -> None:
    """Keeps bars as learn_features would, in the order given."""
    table = FeaturesTable(bench.table("Features"))
    for at in positions:
        previous = closes[at - 1] if at else "147.98"
        bar = a_bar(date=DAYS[at], open=previous, close=closes[at], previous_close=previous, change_pct=None)
        table.keep_bars([(bar, enveloped(bar))])


def forecast(bench: Bench, *positions: int, **changes: Any) -> None:
    """Appends forecasts as predict_direction would, in the order given."""
    table, head = ForecastsTable(bench.table("Forecasts")), FIRST
    for at in positions:
        record = chained(a_forecast(date=DAYS[at], reference_close=CLOSES[at], **changes), head)
        table.append([Told(record, f"tick-{at}")])
        head = record.record_hash


def tick_id(day: date) -> str:
    due = evening(day)
    return enveloped(due, key=f"{due.source}/{due.subject}", at=due.due_at).id


def first_worths() -> list[PredictionResolvedV1]:
    """What a tick that dies after its first or second write leaves behind."""
    known: list[PredictionResolvedV1] = []
    head = FIRST
    for at in (0, 1):
        record = chained(a_forecast(date=DAYS[at], reference_close=CLOSES[at]), head)
        known.append(resolution(record, DAYS[at + 1], Decimal(CLOSES[at + 1]), known))
        head = record.record_hash
    return known


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("prediction", "resolve_predictions") as bench:
        forecast(bench, 0, 1, 2)
        yield bench


def told(bench: Bench) -> list[tuple[str, str, int]]:
    return [(e.subject, e.data["outcome"], e.data["resolved"]) for e in bench.announced()]


ALL = [
    ("GME/2021-01-27/1", "down", 1),
    ("GME/2021-01-28/1", "up", 2),
    ("GME/2021-01-29/1", "down", 3),
]


def test_forecasts_are_resolved_as_their_sessions_close(bench: Bench) -> None:
    hear(bench, 0, 1, 2, 3)
    for day in DAYS:
        assert bench.deliver(evening(day)) == []
    assert told(bench) == ALL
    assert bench.announced()[0].causationid == tick_id(DAYS[1])


def test_bars_of_later_days_first_change_neither_counts_nor_bytes() -> None:
    outcomes = set()
    for order in permutations((0, 1, 2, 3)):
        with Bench("prediction", "resolve_predictions") as bench:
            forecast(bench, 0, 1, 2)
            hear(bench, *order)
            bench.deliver(evening(DAYS[3]))
            outcomes.add((bench.dump(), tuple(e.model_dump_json() for e in bench.announced())))
            assert told(bench) == ALL
    assert len(outcomes) == 1


def test_a_repeat_announces_the_same_and_the_next_tick_nothing(bench: Bench) -> None:
    hear(bench, 0, 1)
    bench.deliver(evening(DAYS[1]))
    first, kept = bench.announced(), bench.dump()

    assert bench.deliver(evening(DAYS[1])) == []
    assert bench.announced() == first * 2
    assert bench.deliver(evening(DAYS[2])) == []
    assert (bench.announced(), bench.dump()) == (first * 2, kept)


def test_a_crash_after_the_write_loses_no_announcement(bench: Bench) -> None:
    hear(bench, 0, 1, 2, 3)
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(evening(DAYS[3]))
    assert bench.announced() == []

    assert bench.deliver(evening(DAYS[3])) == []
    assert told(bench) == ALL


def test_a_crash_between_the_writes_is_made_good_with_the_same_counts() -> None:
    outcomes = []
    for written_before in (0, 1, 2):
        with Bench("prediction", "resolve_predictions") as bench:
            forecast(bench, 0, 1, 2)
            hear(bench, 0, 1, 2, 3)
            table = ForecastsTable(bench.table("Forecasts"))
            for at in range(written_before):
                table.resolve([first_worths()[at]], tick_id(DAYS[3]))
            bench.deliver(evening(DAYS[3]))
            outcomes.append((bench.dump(), bench.announced()))
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_a_broken_tick_fails_alone(bench: Bench) -> None:
    hear(bench, 0, 1)
    assert bench.deliver('{"schedule": "evenings", "due_at": "soon"}', evening(DAYS[1])) == [0]
    assert len(bench.announced()) == 1


def test_a_late_bar_is_counted_by_the_next_tick(bench: Bench) -> None:
    hear(bench, 0, 2)
    bench.deliver(evening(DAYS[2]))
    assert told(bench) == [("GME/2021-01-28/1", "up", 1)]

    hear(bench, 1)
    bench.deliver(evening(DAYS[3]))
    assert told(bench)[1:] == [("GME/2021-01-27/1", "down", 1)]


def test_one_flipped_bit_of_a_resolution_is_found_and_stops_nothing(bench: Bench) -> None:
    hear(bench, 0, 1, 2, 3)
    bench.deliver(evening(DAYS[3]))
    table, forecasts = bench.table("Forecasts"), ForecastsTable(bench.table("Forecasts"))
    (item, *_) = [item for item in table.scan()["Items"] if "resolution" in item]
    for at in (0, len(item["resolution"]) // 2, len(item["resolution"]) - 1):
        text = item["resolution"]
        table.put_item(Item={**item, "resolution": text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]})
        broken = [check_chain(chain) for chain in forecasts.chains()]
        assert [found.day for found in broken if found] == [item["sk"].removeprefix("DATE#")]
        assert bench.deliver(evening(DAYS[3])) == []


def test_a_resolution_is_kept_beside_its_record_and_touches_no_chain(bench: Bench) -> None:
    before = verdict(bench.table("Forecasts"))
    hear(bench, 0, 1, 2, 3)
    bench.deliver(evening(DAYS[3]))

    assert before == {"intact": True, "records": 3, "chains": 1, "broken": []}
    assert verdict(bench.table("Forecasts")) == before


def test_one_flipped_byte_in_the_table_is_named(bench: Bench) -> None:
    table = bench.table("Forecasts")
    key = {"pk": "TICKER#GME#HORIZON#1", "sk": "DATE#2021-01-28"}
    text = table.get_item(Key=key)["Item"]["record"].replace(
        '"probability_up":"0.51"', '"probability_up":"0.61"'
    )
    table.update_item(
        Key=key,
        UpdateExpression="SET #record = :text",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":text": text},
    )

    assert verdict(table) == {
        "intact": False,
        "records": 3,
        "chains": 1,
        "broken": [
            {
                "chain": "TICKER#GME#HORIZON#1",
                "record": "2021-01-28",
                "why": "its content does not give its hash",
            }
        ],
    }


def test_a_forecast_resolved_meanwhile_by_another_tick_is_looked_at_again(bench: Bench) -> None:
    table = ForecastsTable(bench.table("Forecasts"))
    table.resolve([a_resolution()], "another tick")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.resolve([a_resolution()], "this tick")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.resolve([a_resolution(ticker="AMC")], "this tick")
