"""CollectFeeds through its real handler, with feeds from a site on the loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from contracts.events.arrivals import Due
from services.ingestion.parts import RawParts
from services.ingestion.reading import RawPost
from tests.bench import Bench, BusDown
from tests.builders import NOON
from tests.integration.ingestion.site import Site, item, rss, site
from tests.unit.ingestion.doubles import QUARTER

TICKS = "tickertape-ingestion-feed-hours"


def tick(number: int = 0) -> Due:
    return Due(schedule=TICKS, due_at=NOON + number * QUARTER)


@contextmanager
def with_feeds(*paths: str) -> Iterator[tuple[Bench, Site]]:
    with site() as news, Bench("ingestion", "collect_feeds", FEEDS=_addresses(news, paths)) as bench:
        boto3.client("sqs").create_queue(QueueName=TICKS)
        yield bench, news


def _addresses(news: Site, paths: tuple[str, ...]) -> str:
    return ",".join(news.url + path for path in paths)


def landed(bench: Bench) -> list[str]:
    """Titles of what was collected, as linking will read it."""
    parts = RawParts(bench.bucket())
    rows = [row for found in bench.bucket().objects.all() for row in parts.read(found.key)]
    return sorted(row.title for row in rows if isinstance(row, RawPost))


def ends(bench: Bench) -> list[dict[str, Any]]:
    return [envelope.data for envelope in bench.announced()]


def waiting() -> int:
    queue = boto3.resource("sqs").get_queue_by_name(QueueName=TICKS)
    return int(queue.attributes["ApproximateNumberOfMessagesDelayed"])


def test_what_feeds_have_new_lands_in_the_raw_bucket() -> None:
    with with_feeds("/one", "/two") as (bench, news):
        news.holds("/one", rss(item("a"), item("b")))
        news.holds("/two", rss(item("c")))

        assert bench.deliver(tick()) == []

        assert landed(bench) == ["a", "b", "c"]
        keys = [found.key for found in bench.bucket().objects.all()]
        assert all(key.startswith("raw/source=rss/dt=2021-01-27/170000-http_127_0_0_1_") for key in keys)
        (end,) = ends(bench)
        assert (end["collection"], end["found"], end["new"], end["gaps"]) == ("rss", 3, 3, [])


def test_without_feeds_nothing_is_done() -> None:
    with with_feeds() as (bench, news):
        assert bench.deliver(tick()) == []
        assert (bench.announced(), news.asked) == ([], [])


def test_a_repeat_asks_nothing_and_announces_the_same() -> None:
    with with_feeds("/one") as (bench, news):
        news.holds("/one", rss(item("a")), ETag='"1"')
        bench.deliver(tick())
        before, said, asked = bench.dump(), bench.announced(), len(news.asked)

        bench.deliver(tick())

        assert (bench.dump(), bench.announced(), len(news.asked)) == (before, said * 2, asked)


def test_the_next_tick_asks_with_what_the_feed_said() -> None:
    with with_feeds("/one") as (bench, news):
        news.holds("/one", rss(item("a")), ETag='"1"')
        bench.deliver(tick(), tick(1))
        assert news.asked[-1][1]["If-None-Match"] == '"1"'
        assert [end["found"] for end in ends(bench)] == [1, 0]
        assert landed(bench) == ["a"]


def test_an_answer_lost_in_a_crash_is_asked_for_again_whole() -> None:
    with with_feeds("/one") as (bench, news):
        news.holds("/one", rss(item("a")), ETag='"1"')
        with bench.refuse("PutObject"):
            assert bench.deliver(tick()) == [0]
        assert bench.deliver(tick()) == []
        assert "If-None-Match" not in news.asked[-1][1]
        assert landed(bench) == ["a"]


def test_after_a_crash_past_the_write_the_window_is_announced_as_it_was() -> None:
    with with_feeds("/one") as (bench, news):
        news.holds("/one", rss(item("a")))
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(tick())
        before = bench.dump()
        assert bench.deliver(tick()) == []
        assert bench.dump() == before
        assert [end["found"] for end in ends(bench)] == [1]


def test_ticks_in_another_order_collect_the_same() -> None:
    collected = []
    for order in ((0, 1), (1, 0)):
        with with_feeds("/one") as (bench, news):
            news.holds("/one", rss(item("a"), item("b")))
            assert bench.deliver(*(tick(number) for number in order)) == []
            collected.append(set(landed(bench)))
    assert collected == [{"a", "b"}] * 2


def test_an_unreadable_tick_hurts_only_itself() -> None:
    with with_feeds("/one") as (bench, news):
        news.holds("/one", rss(item("a")))
        assert bench.deliver("{", tick(), "[]") == [0, 2]
        assert landed(bench) == ["a"]


def test_a_broken_feed_and_a_dead_one_stop_no_other() -> None:
    with with_feeds("/broken", "/gone", "/busy", "/good") as (bench, news):
        news.holds("/broken", "<rss")
        news.holds("/busy", "", 503)
        news.holds("/good", rss(item("a")))

        assert bench.deliver(tick()) == []
        assert (landed(bench), bench.announced(), waiting()) == (["a"], [], 1)

        news.holds("/busy", rss(item("b")))
        assert bench.deliver(tick()) == []
        assert landed(bench) == ["a", "b"]
        (end,) = ends(bench)
        assert (end["found"], end["failed"]) == (2, 2)
