"""The coverage meter on its table: what was seen of the weeks before, and what a collection says of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from contracts.events.arrivals import Due
from services.ingestion.collecting import Window
from services.ingestion.coverage import CoverageTable
from services.ingestion.expecting import Stretch, Week
from tests.bench import Bench

NOON = datetime(2021, 1, 27, 17, tzinfo=UTC)
HOUR, QUARTER, WEEK = timedelta(hours=1), timedelta(minutes=15), timedelta(weeks=1)
TICKS = "tickertape-ingestion-quarter-hours"


@pytest.fixture(name="bench")
def running() -> Iterator[Bench]:
    with Bench("ingestion", "collect_posts", COMMUNITIES="stocks") as bench:
        boto3.client("sqs").create_queue(QueueName=TICKS)
        yield bench


def a_window(end: datetime, **changes: Any) -> Window:
    given: dict[str, Any] = {"found": 90, "new": 10, "within": 12}
    return Window("stocks", end - QUARTER, end, **given | changes)


def look_back(bench: Bench, weeks: int) -> CoverageTable:
    """The last window, and weeks with four windows each of the hour before noon, of twelve posts each."""
    table = CoverageTable(bench.table("Coverage"))
    table.keep("reddit", a_window(NOON - QUARTER))
    for week in range(1, weeks + 1):
        for quarter in range(4):
            table.keep("reddit", a_window(NOON - week * WEEK - quarter * QUARTER))
    return table


def said(bench: Bench) -> list[dict[str, Any]]:
    return [envelope.data for envelope in bench.announced()]


def test_a_window_is_kept_with_what_was_usual(bench: Bench) -> None:
    table = CoverageTable(bench.table("Coverage"))
    table.keep("reddit", a_window(NOON))
    assert table.latest("reddit", "stocks", NOON) == a_window(NOON)


def test_windows_with_gaps_and_those_of_other_hours_say_nothing(bench: Bench) -> None:
    table = look_back(bench, 1)
    table.keep("reddit", a_window(NOON - WEEK - HOUR, within=500))
    table.keep("reddit", a_window(NOON - WEEK + QUARTER, within=500))
    table.keep("rss", a_window(NOON - WEEK, within=500))
    hour = Stretch(NOON - WEEK - HOUR, NOON - WEEK)
    assert table.weeks("reddit", "stocks", [hour]) == [Week(48, HOUR)]

    bench.table("Coverage").delete_item(
        Key={"pk": "COMMUNITY#reddit#stocks", "sk": f"{(NOON - WEEK).isoformat(timespec='microseconds')}"}
    )
    table.keep("reddit", a_window(NOON - WEEK, gap_end=NOON - WEEK))
    assert table.weeks("reddit", "stocks", [hour]) == [Week(36, 3 * QUARTER)]


def test_a_collection_tells_what_share_of_the_usual_it_saw(bench: Bench) -> None:
    """Reddit gives nothing without keys: of twelve posts usual, none was seen, and a repeat says so again."""
    look_back(bench, 5)
    due = Due(schedule=TICKS, due_at=NOON)
    assert bench.deliver(due, "{") == [1]
    dump = bench.dump()
    assert bench.deliver(due) == []

    first, again = said(bench)
    assert (first["expected"], first["coverage"], first["failed"]) == ("12.0", "0.000", 1)
    assert again == first
    assert bench.dump() == dump


def test_a_young_collection_claims_nothing(bench: Bench) -> None:
    look_back(bench, 3)
    bench.deliver(Due(schedule=TICKS, due_at=NOON))
    (end,) = said(bench)
    assert (end["expected"], end["coverage"]) == (None, None)
    assert len(end["gaps"]) == 1
