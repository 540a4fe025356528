"""ForgetPosts through its real handler and Reddit's stand-in; what it finds is linked by the next hop."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import boto3

from contracts.events.arrivals import Due
from services.ingestion.forgetting import GIVEN_UP
from services.ingestion.parts import RawParts
from services.ingestion.reading import RawPost
from tests.bench import Bench, Killed
from tests.integration.ingestion.reddit_stand_in import StandIn, comment, reddit, submission

NOON = datetime(2021, 1, 27, 17, tzinfo=UTC)
PARAMETER = "/tickertape/reddit"
DELETED = {"selftext": "[deleted]", "author": "[deleted]"}


def tick(at: datetime = NOON) -> Due:
    return Due(schedule="tickertape-ingestion-halves", due_at=at)


@contextmanager
def with_reddit(*held: str) -> Iterator[tuple[Bench, StandIn]]:
    """A table with the posts *held*, all of which Reddit still has."""
    with reddit() as stand_in, Bench("ingestion", "forget_posts", REDDIT_PARAMETER=PARAMETER) as bench:
        value = stand_in.credentials()
        boto3.client("ssm").put_parameter(Name=PARAMETER, Value=value, Type="SecureString")
        for name in held:
            bench.table("Posts").put_item(Item={"pk": f"reddit:{name}", "part": "raw/a.ndjson"})
            thing = comment if name.startswith("t1_") else submission
            stand_in.info[name] = thing(name[3:], NOON.timestamp())
        yield bench, stand_in


def gone(bench: Bench) -> list[str]:
    """The removals that landed, as linking will read them."""
    parts = RawParts(bench.bucket())
    rows = [row for found in bench.bucket().objects.all() for row in parts.read(found.key)]
    return sorted(row.id for row in rows if isinstance(row, RawPost) and row.removed)


def walk(bench: Bench) -> dict[str, Any]:
    return dict(bench.table("Sources").get_item(Key={"pk": "ROUND#reddit"})["Item"])


def asked(stand_in: StandIn) -> int:
    return stand_in.asked.count("/api/info")


def test_what_is_gone_lands_and_what_stands_does_not() -> None:
    with with_reddit("t3_a", "t3_b", "t1_c") as (bench, stand_in):
        stand_in.info["t3_b"] = submission("b", NOON.timestamp(), **DELETED)
        stand_in.info["t1_c"] = comment("c", NOON.timestamp(), body="[removed]", author=None)
        assert bench.deliver(tick()) == []

        assert gone(bench) == ["reddit:t1_c", "reddit:t3_b"]
        assert (walk(bench)["asked"], walk(bench)["gone"]) == (3, 2)
        assert "after" not in walk(bench)


def test_a_repeat_lands_nothing_more_and_a_round_begins_twice_a_day() -> None:
    with with_reddit("t3_a") as (bench, stand_in):
        for hours in (0, 0, 1, 11):
            assert bench.deliver(tick(NOON + timedelta(hours=hours))) == []
        assert asked(stand_in) == 1

        stand_in.info["t3_a"] = submission("a", NOON.timestamp(), **DELETED)
        assert bench.deliver(tick(NOON + timedelta(hours=12))) == []
        assert asked(stand_in) == 2
        assert gone(bench) == ["reddit:t3_a"]


def test_a_post_removed_before_and_one_of_another_source_are_not_asked_about() -> None:
    with with_reddit() as (bench, stand_in):
        for item in ({"pk": "reddit:t3_x", "removed": "deleted"}, {"pk": "rss:abc", "part": "raw/b.ndjson"}):
            bench.table("Posts").put_item(Item=item)
        assert bench.deliver(tick()) == []
        assert asked(stand_in) == 0


def test_what_reddit_knows_nothing_of_is_counted_and_not_taken_for_gone() -> None:
    with with_reddit("t3_a", "t3_b") as (bench, stand_in):
        del stand_in.info["t3_b"]
        assert bench.deliver(tick()) == []
        assert gone(bench) == []
        assert walk(bench)["unanswered"] == 1


def test_a_limit_in_the_middle_of_a_round_is_gone_on_from_by_the_next_tick() -> None:
    held = [f"t3_{number:04x}" for number in range(250)]
    with with_reddit(*held) as (bench, stand_in):
        for name in held:
            stand_in.info[name] = submission(name[3:], NOON.timestamp(), **DELETED)
        stand_in.faults["/api/info"] = [(429, {"Retry-After": "300"})]
        assert bench.deliver(tick()) == []
        assert gone(bench) == []

        bench.table("Sources").delete_item(Key={"pk": "BREAKER#reddit"})
        assert bench.deliver(tick(NOON + timedelta(minutes=30))) == []
        assert len(gone(bench)) == 250
        assert asked(stand_in) == 4


def test_without_credentials_nothing_is_asked_and_it_is_said() -> None:
    with Bench("ingestion", "forget_posts") as bench:
        bench.table("Posts").put_item(Item={"pk": "reddit:t3_a", "part": "raw/a.ndjson"})
        assert bench.deliver(tick()) == []
        assert gone(bench) == []


def test_an_archive_that_was_left_behind_goes_and_one_at_work_stays() -> None:
    """The bucket stamps objects with the clock's time, so the ticks are set around it."""
    with Bench("ingestion", "forget_posts") as bench:
        for key in ("archives/c0ffee/RC_2021-01.zst", "raw/source=archive/dt=2021-01-27/a.ndjson"):
            bench.bucket().put_object(Key=key, Body=b"{}\n")
        came = bench.bucket().Object("archives/c0ffee/RC_2021-01.zst").last_modified
        assert bench.deliver(tick(came + GIVEN_UP - timedelta(minutes=1))) == []
        assert len(list(bench.bucket().objects.all())) == 2

        late = tick(came + GIVEN_UP + timedelta(minutes=1))
        assert bench.deliver(late, late) == []
        assert [found.key for found in bench.bucket().objects.all()] == [
            "raw/source=archive/dt=2021-01-27/a.ndjson"
        ]


def test_a_poison_message_hurts_only_itself() -> None:
    with with_reddit("t3_a") as (bench, stand_in):
        assert bench.deliver("{", tick()) == [0]
        assert asked(stand_in) == 1


def test_killed_at_any_call_of_aws_the_next_try_leaves_what_an_unbroken_one_does() -> None:
    killed: list[str] = []
    for call, after in product(range(1, 20), (False, True)):
        with with_reddit("t3_a", "t3_b") as (bench, stand_in):
            stand_in.info["t3_a"] = submission("a", NOON.timestamp(), **DELETED)
            try:
                with bench.kill_at(call, after=after):
                    bench.deliver(tick())
                break
            except Killed as where:
                killed.append(str(where))
            assert bench.deliver(tick()) == []
            assert set(gone(bench)) == {"reddit:t3_a"}
            assert len(list(bench.bucket().objects.all())) == 1
            assert (walk(bench)["asked"], walk(bench)["gone"]) == (2, 1)
    assert {"Scan", "PutObject", "PutItem"} <= set(killed)
