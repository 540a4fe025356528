"""CollectPosts through its real handler, with Reddit's stand-in where there are credentials."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import instant_text
from services.ingestion.parts import RawParts
from services.ingestion.reading import RawPost
from tests.bench import Bench, BusDown, Killed
from tests.integration.ingestion.reddit_stand_in import StandIn, comment, reddit, submission

NOON = datetime(2021, 1, 27, 17, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
LATER = NOON.timestamp() - 60
PARAMETER = "/tickertape/reddit"
TICKS = "tickertape-ingestion-quarter-hours"


def tick(at: datetime = NOON) -> Due:
    return Due(schedule=TICKS, due_at=at)


@contextmanager
def with_reddit(communities: str = "stocks") -> Iterator[tuple[Bench, StandIn]]:
    bench = Bench("ingestion", "collect_posts", REDDIT_PARAMETER=PARAMETER, COMMUNITIES=communities)
    with reddit() as stand_in, bench:
        value = stand_in.credentials()
        boto3.client("ssm").put_parameter(Name=PARAMETER, Value=value, Type="SecureString")
        boto3.client("sqs").create_queue(QueueName=TICKS)
        yield bench, stand_in


def waiting() -> int:
    """How many ticks went back to the end of their queue."""
    queue = boto3.resource("sqs").get_queue_by_name(QueueName=TICKS)
    return int(queue.attributes["ApproximateNumberOfMessagesDelayed"])


def landed(bench: Bench) -> list[str]:
    """What was collected, as linking will read it."""
    parts = RawParts(bench.bucket())
    rows = [row for found in bench.bucket().objects.all() for row in parts.read(found.key)]
    return sorted(row.id for row in rows if isinstance(row, RawPost))


def ends(bench: Bench) -> list[dict[str, Any]]:
    return [envelope.data for envelope in bench.announced()]


def refill(bench: Bench) -> None:
    for shard in range(2):
        bench.table("Sources").delete_item(Key={"pk": f"BUDGET#reddit#{shard}"})


def unique(bench: Bench) -> list[dict[str, Any]]:
    """What was announced, repeats left out."""
    return list({envelope.id: envelope.data for envelope in bench.announced()}.values())


def test_what_reddit_has_new_lands_in_the_raw_bucket() -> None:
    with with_reddit() as (bench, stand_in):
        stand_in.new["stocks"] = [submission("p1", LATER), submission("p2", LATER, author=None, score=None)]
        stand_in.hot["stocks"] = [submission("daily", LATER, title="Daily Discussion Thread")]
        stand_in.threads["daily"] = [comment("c1", LATER), comment("c2", LATER, body="[deleted]")]

        assert bench.deliver(tick()) == []

        assert landed(bench) == [
            f"reddit:{name}" for name in ("t1_c1", "t1_c2", "t3_daily", "t3_p1", "t3_p2")
        ]
        (found,) = bench.bucket().objects.all()
        assert found.key.startswith("raw/source=reddit/dt=2021-01-27/170000-stocks-")
        (end,) = ends(bench)
        assert (end["collection"], end["found"], end["new"], end["gaps"]) == ("reddit", 5, 5, [])


def test_without_credentials_the_whole_window_is_a_gap() -> None:
    with Bench("ingestion", "collect_posts") as bench:
        assert bench.deliver(tick()) == []
        (end,) = ends(bench)
        assert (end["found"], end["new"], end["failed"]) == (0, 0, 3)
        assert end["gaps"] == [{"start": "2021-01-27T16:45:00Z", "end": "2021-01-27T17:00:00Z"}]
        assert list(bench.bucket().objects.all()) == []


def test_why_nothing_was_collected_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with Bench("ingestion", "collect_posts", COMMUNITIES="stocks") as bench:
        bench.deliver(tick())
    (skipped,) = [record for record in caplog.records if record.message == "collection.skipped"]
    assert "no Reddit credentials" in vars(skipped)["reason"]


def test_a_repeat_asks_reddit_nothing_and_announces_the_same() -> None:
    with with_reddit() as (bench, stand_in):
        stand_in.new["stocks"] = [submission("p1", LATER)]
        bench.deliver(tick())
        before, said = bench.dump(), bench.announced()
        asked = list(stand_in.asked)

        stand_in.new["stocks"].insert(0, submission("p2", LATER))
        bench.deliver(tick())

        assert stand_in.asked == asked
        assert bench.dump() == before
        assert bench.announced() == said * 2


def test_a_listing_replayed_brings_nothing_new() -> None:
    with with_reddit() as (bench, stand_in):
        stand_in.overlap = 3
        stand_in.new["stocks"] = [submission(f"p{number}", LATER - number) for number in range(150)]
        bench.deliver(tick())
        (part,) = [found.key for found in bench.bucket().objects.all()]
        # As linking leaves them.
        for id_ in landed(bench):
            bench.table("Posts").put_item(Item={"pk": id_, "part": part})

        assert bench.deliver(tick(NOON + QUARTER)) == []

        assert [(end["found"], end["new"]) for end in ends(bench)] == [(150, 150), (150, 0)]
        assert [found.key for found in bench.bucket().objects.all()] == [part]


def test_ticks_in_another_order_collect_the_same_posts() -> None:
    collected = set()
    for ticks in ((NOON, NOON + QUARTER), (NOON + QUARTER, NOON)):
        with with_reddit() as (bench, stand_in):
            stand_in.new["stocks"] = [submission("p2", LATER + 600), submission("p1", LATER)]
            assert bench.deliver(*(tick(at) for at in ticks)) == []
            collected.add(tuple(sorted(set(landed(bench)))))
    assert collected == {("reddit:t3_p1", "reddit:t3_p2")}


def test_an_unreadable_tick_hurts_only_itself() -> None:
    with with_reddit() as (bench, stand_in):
        stand_in.new["stocks"] = [submission("p1", LATER)]
        assert bench.deliver("{", tick(), '{"due_at": "yesterday"}') == [0, 2]
        assert landed(bench) == ["reddit:t3_p1"]


def test_after_a_crash_past_the_write_the_window_is_announced_as_it_was() -> None:
    with with_reddit() as (bench, stand_in):
        stand_in.new["stocks"] = [submission("p1", LATER)]
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(tick())
        before = bench.dump()
        assert '"found": "1"' in before

        assert bench.deliver(tick()) == []
        assert bench.dump() == before
        assert [(end["found"], end["new"]) for end in ends(bench)] == [(1, 1)]


def test_a_limit_reached_sends_the_tick_back_and_the_next_try_takes_what_is_left() -> None:
    with with_reddit("closed,stocks") as (bench, stand_in):
        stand_in.new |= {"closed": [], "stocks": [submission("p1", LATER)]}
        stand_in.faults = {"/r/closed/new": [(403, {})], "/r/stocks/hot": [(429, {})]}

        assert bench.deliver(tick()) == []
        assert bench.announced() == []
        assert waiting() == 1
        assert landed(bench) == ["reddit:t3_p1"]

        assert bench.deliver(tick()) == []
        assert stand_in.asked.count("/r/closed/new") == 1
        assert set(landed(bench)) == {"reddit:t3_p1"}
        assert waiting() == 1
        (end,) = ends(bench)
        assert (end["found"], end["failed"], len(end["gaps"])) == (1, 1, 1)


def test_a_wait_reddit_asks_for_is_every_worker_s() -> None:
    with with_reddit("stocks,investing") as (bench, stand_in):
        stand_in.faults = {"/r/stocks/new": [(429, {"Retry-After": "300"})]}

        assert bench.deliver(tick()) == []
        assert stand_in.asked == ["/api/v1/access_token", "/r/stocks/new"]
        assert "BREAKER#reddit" in bench.dump()

        assert bench.deliver(tick()) == []
        assert stand_in.asked.count("/r/stocks/new") == 1


def test_a_budget_used_up_is_every_worker_s() -> None:
    with with_reddit() as (bench, stand_in):
        for shard in range(2):
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            bench.table("Sources").put_item(Item={"pk": f"BUDGET#reddit#{shard}", "tokens": -20, "at": now})
        assert bench.deliver(tick()) == []
        assert stand_in.asked == []
        assert waiting() == 1


def test_a_run_that_finds_another_at_work_leaves_it_alone_and_comes_again() -> None:
    with with_reddit() as (bench, stand_in):
        stand_in.new["stocks"] = [submission("p1", LATER)]
        until = (datetime.now(UTC) + timedelta(minutes=1)).isoformat(timespec="microseconds")
        lease = {"pk": "LEASE#reddit", "holder": "another worker", "held_until": until}
        bench.table("Sources").put_item(Item=lease)

        assert bench.deliver(tick()) == []
        assert (stand_in.asked, bench.announced(), waiting()) == ([], [], 1)

        lease["held_until"] = "2021-01-27T17:00:00.000000+00:00"
        bench.table("Sources").put_item(Item=lease)
        assert bench.deliver(tick()) == []
        assert landed(bench) == ["reddit:t3_p1"]


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_of_aws_it_ends_as_if_left_alone(after: bool) -> None:
    with with_reddit() as (bench, stand_in):
        killed = list[str]()
        for call in count(1):
            at = NOON + call * QUARTER
            stand_in.new["stocks"] = [submission(f"p{call}", at.timestamp() - 60)]
            refill(bench)
            try:
                with bench.kill_at(call, after=after):
                    bench.deliver(tick(at))
                break
            except Killed as where:
                killed.append(str(where))
            assert bench.deliver(tick(at)) == [], killed
            (end,) = [end for end in unique(bench) if end["window_end"] == instant_text(at)]
            assert (end["found"], end["new"], end["gaps"]) == (1, 1, []), killed
        assert set(landed(bench)) == {f"reddit:t3_p{number}" for number in range(1, call + 1)}
        assert {"PutItem", "PutObject", "Query", "DeleteItem", "PutEvents"} <= set(killed)
