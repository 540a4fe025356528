"""A tick for more tickers than a message takes, through the real handler: parts over its own queue."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from contracts.events.arrivals import Due
from services.market_data.runs import RunsTable
from tests.bench import Bench, BusDown

EVENING = datetime(2021, 1, 27, 23, 0, tzinfo=UTC)
QUEUE = "tickertape-market_data-bars-due"
NAMES = [f"T{n:02}" for n in range(42)]
KNOWN = ["SPY", "T00", "T01", "T41"]
TICK = Due(schedule=QUEUE, due_at=EVENING)


def bars_of(names: list[str]) -> bytes:
    lines = ["symbol,date,open,high,low,close,adjusted_close,volume"]
    lines += [f"{name},2021-01-{day},10,11,9,10.5,10.5,100" for name in names for day in (26, 27)]
    return "\n".join(lines).encode()


@contextmanager
def shared_bench() -> Iterator[Bench]:
    with Bench("market_data", "collect_bars", PROVIDERS="recorded", HISTORY_SESSIONS="2") as bench:
        boto3.client("sqs").create_queue(QueueName=QUEUE)
        bench.bucket().put_object(Key="recorded/bars.csv", Body=bars_of(KNOWN))
        with bench.table("Watched").batch_writer() as batch:
            for name in NAMES:
                batch.put_item(Item={"pk": "TRACKED", "sk": name, "watchers": 1})
        yield bench


def sent() -> list[str]:
    queue = boto3.resource("sqs").get_queue_by_name(QueueName=QUEUE)
    bodies = []
    while messages := queue.receive_messages(MaxNumberOfMessages=10):
        for message in messages:
            bodies.append(message.body)
            message.delete()
    return bodies


def ids(bench: Bench) -> dict[str, Any]:
    return {e.id: e.as_detail() for e in bench.announced()}


def test_each_ticker_is_in_one_part_and_the_run_is_complete_with_the_last_in_any_order() -> None:
    with shared_bench() as bench:
        runs = RunsTable(bench.table("CollectionRuns"))
        assert bench.deliver(TICK) == []
        (part,) = sent()
        assert json.loads(part)["only"] == ["T39", "T40", "T41"]
        assert not runs.between("bars", EVENING, EVENING)[0].finished
        assert bench.deliver(part) == []
        (run,) = runs.between("bars", EVENING, EVENING)
        assert (run.finished, run.asked, run.got) == (True, 43, 4)
        assert run.missed == dict.fromkeys(sorted({*NAMES} - {*KNOWN}), "no_data")
        assert len(bench.announced()) == 8
        kept, told = bench.dump(), ids(bench)
        assert bench.deliver(part) == []
        assert (bench.dump(), ids(bench)) == (kept, told)


def test_a_poison_message_and_a_part_that_cannot_be_read_hurt_only_themselves() -> None:
    with shared_bench() as bench:
        broken = json.dumps({"schedule": QUEUE, "due_at": "2021-01-27T23:00:00Z", "only": ["not a ticker"]})
        part = TICK.model_copy(update={"only": ("T00", "T01"), "round": 3})
        assert bench.deliver(broken, part, "{") == [0, 2]
        assert {e.data["ticker"] for e in bench.announced()} == {"T00", "T01"}


def test_a_crash_after_the_write_of_a_part_announces_all_of_it_on_the_second_try() -> None:
    with shared_bench() as bench:
        part = TICK.model_copy(update={"only": ("T00", "T01")})
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(part)
        kept = bench.dump()
        assert bench.deliver(part) == []
        assert bench.dump() == kept
        assert len(bench.announced()) == 4
