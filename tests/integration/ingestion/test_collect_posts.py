"""CollectPosts through its real handler, with Reddit's stand-in where there are credentials."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from contracts.events.arrivals import Due
from services.ingestion.parts import RawParts
from services.ingestion.reading import RawPost
from tests.bench import Bench, BusDown
from tests.integration.ingestion.reddit_stand_in import StandIn, comment, reddit, submission

NOON = datetime(2021, 1, 27, 17, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
LATER = NOON.timestamp() - 60
PARAMETER = "/tickertape/reddit"


def tick(at: datetime = NOON) -> Due:
    return Due(schedule="tickertape-ingestion-quarter-hours", due_at=at)


@contextmanager
def with_reddit(communities: str = "stocks") -> Iterator[tuple[Bench, StandIn]]:
    bench = Bench("ingestion", "collect_posts", REDDIT_PARAMETER=PARAMETER, COMMUNITIES=communities)
    with reddit() as stand_in, bench:
        value = stand_in.credentials()
        boto3.client("ssm").put_parameter(Name=PARAMETER, Value=value, Type="SecureString")
        yield bench, stand_in


def landed(bench: Bench) -> list[str]:
    """What was collected, as linking will read it."""
    parts = RawParts(bench.bucket())
    rows = [row for found in bench.bucket().objects.all() for row in parts.read(found.key)]
    return sorted(row.id for row in rows if isinstance(row, RawPost))


def ends(bench: Bench) -> list[dict[str, Any]]:
    return [envelope.data for envelope in bench.announced()]


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
        stand_in.faults = {"/r/closed/new": [(403, {})], "/r/stocks/new": [(429, {"Retry-After": "300"})]}

        assert bench.deliver(tick()) == [0]
        assert bench.announced() == []

        assert bench.deliver(tick()) == []
        assert stand_in.asked.count("/r/closed/new") == 1
        assert landed(bench) == ["reddit:t3_p1"]
        (end,) = ends(bench)
        assert (end["found"], end["failed"], len(end["gaps"])) == (1, 1, 1)
