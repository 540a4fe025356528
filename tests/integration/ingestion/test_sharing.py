"""What workers share through tables: windows, leases, budgets, breakers, and the queue of ticks."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from contracts.events.arrivals import Due
from services.ingestion.breakers import BreakersTable
from services.ingestion.breaking import FAILURES, FIRST_REST, PROBE
from services.ingestion.buckets import BucketsTable
from services.ingestion.collecting import Window
from services.ingestion.coverage import CoverageTable
from services.ingestion.leases import LeasesTable
from services.ingestion.pacing import Rate
from services.ingestion.ticks import Ticks
from tests.bench import Bench
from tests.builders import NOON
from tests.unit.ingestion.doubles import QUARTER

SECOND = timedelta(seconds=1)
NOTHING = timedelta()
RATE = Rate(per_minute=Decimal(60), burst=Decimal(8))


@pytest.fixture(name="bench")
def running() -> Iterator[Bench]:
    with Bench("ingestion", "collect_posts") as bench:
        yield bench


def test_a_window_is_found_by_when_it_ended_and_by_what_it_covers(bench: Bench) -> None:
    table = CoverageTable(bench.table("Coverage"))
    first = Window(
        "stocks", NOON - QUARTER, NOON, found=3, new=2, failed=1, gap_end=NOON, marks={"etag": "1"}
    )
    second = Window("stocks", NOON, NOON + 3 * QUARTER)
    assert table.keep("reddit", first) == first
    table.keep("reddit", second)

    assert table.latest("reddit", "stocks", NOON + QUARTER) == first
    assert table.latest("reddit", "stocks", NOON - SECOND) is None
    assert table.latest("reddit", "investing", NOON) is None
    assert table.covering("reddit", "stocks", NOON) == first
    assert table.covering("reddit", "stocks", NOON + QUARTER) == second
    assert table.covering("reddit", "stocks", NOON - QUARTER) is None
    assert table.covering("reddit", "stocks", NOON + 4 * QUARTER) is None


def test_whoever_keeps_a_window_first_decides_it(bench: Bench) -> None:
    table = CoverageTable(bench.table("Coverage"))
    ours = Window("stocks", NOON - QUARTER, NOON, found=3)
    assert table.keep("reddit", ours) == ours
    assert table.keep("reddit", Window("stocks", NOON - QUARTER, NOON, found=9)) == ours


def test_the_latest_tick_waits_for_what_is_left(bench: Bench) -> None:
    table = CoverageTable(bench.table("Coverage"))
    told = [table.take_on("reddit", NOON + number * QUARTER) for number in (0, 0, 2, 1, 2)]
    assert told == [True, True, True, False, True]
    assert table.take_on("rss", NOON)


def test_a_lease_is_one_holder_s_until_it_is_given_back_or_runs_out(bench: Bench) -> None:
    leases = LeasesTable(bench.table("Sources"))
    later = NOON + 10 * SECOND
    assert leases.take("reddit", "a", NOON, later)
    assert leases.take("reddit", "a", NOON, later)
    assert not leases.take("reddit", "b", NOON + 10 * SECOND, later + 10 * SECOND)
    assert leases.take("rss", "b", NOON, later)

    assert leases.take("reddit", "b", NOON + 11 * SECOND, later + 10 * SECOND)
    leases.give_back("reddit", "a")
    assert not leases.take("reddit", "a", NOON + 12 * SECOND, later)
    leases.give_back("reddit", "b")
    assert leases.take("reddit", "a", NOON + 12 * SECOND, later)


def test_a_budget_lends_its_burst_and_then_its_rate(bench: Bench) -> None:
    buckets = BucketsTable(bench.table("Sources"), RATE)
    waits = [buckets.take("reddit", NOON) for _ in range(9)]
    assert waits[:8] == [NOTHING] * 8
    # Each of two shards brings a token back every two seconds.
    assert waits[8] == 2 * SECOND
    assert buckets.take("reddit", NOON + SECOND) == SECOND
    assert [buckets.take("reddit", NOON + 2 * SECOND) for _ in range(3)] == [NOTHING, NOTHING, 2 * SECOND]
    assert buckets.take("rss", NOON) == NOTHING


def test_a_budget_is_one_for_all_workers(bench: Bench) -> None:
    workers = [BucketsTable(bench.table("Sources"), RATE) for _ in range(4)]
    taken = [worker.take("reddit", NOON) for _ in range(6) for worker in workers]
    assert taken.count(NOTHING) == 8


def test_another_worker_that_was_quicker_is_noticed(bench: Bench) -> None:
    table = bench.table("Sources")
    buckets = BucketsTable(_Overtaken(table, times=2), RATE, shards=1)  # type: ignore[arg-type]
    assert buckets.take("reddit", NOON) == NOTHING
    # Two tokens went to whoever was quicker, one to us.
    assert table.get_item(Key={"pk": "BUDGET#reddit#0"})["Item"]["tokens"] == 5
    stubborn = BucketsTable(_Overtaken(table, times=99), RATE, shards=1)  # type: ignore[arg-type]
    assert stubborn.take("rss", NOON) == SECOND


def test_after_failures_in_a_row_all_workers_stay_away_and_one_finds_out(bench: Bench) -> None:
    ours, theirs = (BreakersTable(bench.table("Sources")) for _ in range(2))
    for _ in range(FAILURES - 1):
        ours.failed("reddit", NOON)
        assert theirs.enter("reddit", NOON) == NOTHING
    theirs.failed("reddit", NOON)
    assert (ours.enter("reddit", NOON), theirs.enter("reddit", NOON)) == (FIRST_REST, FIRST_REST)
    assert ours.enter("rss", NOON) == NOTHING

    rested = NOON + FIRST_REST
    assert ours.enter("reddit", rested) == NOTHING
    assert theirs.enter("reddit", rested) == PROBE

    ours.failed("reddit", rested)
    assert theirs.enter("reddit", rested) == 2 * FIRST_REST
    assert theirs.enter("reddit", rested + 2 * FIRST_REST) == NOTHING
    theirs.worked("reddit")
    assert ours.enter("reddit", rested) == NOTHING
    assert "Item" not in bench.table("Sources").get_item(Key={"pk": "BREAKER#reddit"})


def test_of_two_who_want_to_find_out_at_once_one_is_let_in(bench: Bench) -> None:
    table = bench.table("Sources")
    ours = BreakersTable(table)
    ours.failed("reddit", NOON, 10 * SECOND)
    at_once = NOON + 10 * SECOND

    class Meanwhile(_Through):
        """Another worker is let in between our reading and our writing."""

        def put_item(self, **given: Any) -> Any:
            assert ours.enter("reddit", at_once) == NOTHING
            return table.put_item(**given)

    assert BreakersTable(Meanwhile(table)).enter("reddit", at_once) == PROBE  # type: ignore[arg-type]


def test_a_source_that_always_worked_costs_no_write(bench: Bench) -> None:
    breakers = BreakersTable(bench.table("Sources"))
    for written in ("DeleteItem", "PutItem"):
        with bench.refuse(written):
            assert breakers.enter("reddit", NOON) == NOTHING
            breakers.worked("reddit")


@pytest.mark.parametrize(
    ("delay", "seconds"), [(NOTHING, 1), (timedelta(seconds=1.2), 2), (timedelta(hours=1), 900)]
)
def test_a_tick_goes_back_to_the_queue_of_its_schedule_as_it_was(
    bench: Bench, delay: timedelta, seconds: int
) -> None:
    sqs, sent = boto3.resource("sqs"), list[dict[str, Any]]()
    sqs.create_queue(QueueName="tickertape-ingestion-quarter-hours")
    sqs.meta.client.meta.events.register(
        "before-parameter-build.sqs.SendMessage", lambda params, **_: sent.append(params)
    )

    Ticks(sqs).again(Due(schedule="tickertape-ingestion-quarter-hours", due_at=NOON), delay)

    (message,) = sent
    assert message["DelaySeconds"] == seconds
    told = json.loads(message["MessageBody"])
    assert told == {"schedule": "tickertape-ingestion-quarter-hours", "due_at": "2021-01-27T17:00:00Z"}


class _Through:
    """A table that does as the true one."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


class _Overtaken(_Through):
    """A table where another worker takes a token between our reading and our writing, *times* times."""

    def __init__(self, table: Any, times: int) -> None:
        super().__init__(table)
        self._times = times

    def put_item(self, **given: Any) -> Any:
        if self._times:
            self._times -= 1
            assert not BucketsTable(self._table, RATE, shards=1).take(given["Item"]["pk"].split("#")[1], NOON)
        return self._table.put_item(**given)
