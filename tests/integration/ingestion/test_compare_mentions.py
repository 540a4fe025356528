"""CompareMentions through its real handler, beside an aggregate on the loopback shaped as ApeWisdom is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contracts.events.arrivals import Due
from services.ingestion.parts import RawParts
from tests.bench import Bench
from tests.builders import NOON
from tests.integration.ingestion.reddit_stand_in import submission
from tests.integration.ingestion.site import Site, site

FILTER = "/api/v1.0/filter/wallstreetbets"
TICK = Due(schedule="tickertape-ingestion-mention-hours", due_at=NOON)


@contextmanager
def beside_an_aggregate() -> Iterator[tuple[Bench, Site]]:
    with (
        site() as aggregate,
        Bench("ingestion", "compare_mentions", MENTIONS_URL=aggregate.url + FILTER) as bench,
    ):
        yield bench, aggregate


def counts(aggregate: Site, *pages: dict[str, object]) -> None:
    for number, page in enumerate(pages, start=1):
        results = [
            {"rank": rank, "ticker": ticker, "name": ticker, "mentions": mentions, "upvotes": 9}
            for rank, (ticker, mentions) in enumerate(page.items(), start=1)
        ]
        body = {"count": len(results), "pages": len(pages), "current_page": number, "results": results}
        aggregate.holds(f"{FILTER}/page/{number}", json.dumps(body))


def collected(bench: Bench, hours_ago: int = 1, **texts: str) -> None:
    at = NOON.timestamp() - hours_ago * 3600
    rows = [submission(id_, at, title="", selftext=text)["data"] for id_, text in texts.items()]
    RawParts(bench.bucket()).put("reddit", NOON.date(), f"part-{'-'.join(texts)}", rows)


def kept(bench: Bench) -> list[dict[str, Any]]:
    (found,) = bench.bucket().objects.filter(Prefix="mentions/")
    assert found.key == "mentions/source=apewisdom/dt=2021-01-27/170000.ndjson"
    return [json.loads(line) for line in found.get()["Body"].read().decode().splitlines()]


def test_both_counts_are_kept_beside_each_other_and_nothing_is_announced(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with beside_an_aggregate() as (bench, aggregate):
        counts(aggregate, {"GME": 31, "AMC": 12}, {"NOK": 3})
        collected(bench, a="$GME $GME all day", b="$GME and $AMC")
        collected(bench, b="$GME and $AMC", c="$BB")
        collected(bench, 25, d="$GME")
        collected(bench, -1, e="$GME")

        assert bench.deliver(TICK) == []

        assert kept(bench) == [
            {"ticker": "GME", "ours": 2, "theirs": 31},
            {"ticker": "AMC", "ours": 1, "theirs": 12},
            {"ticker": "NOK", "ours": None, "theirs": 3},
            {"ticker": "BB", "ours": 1, "theirs": None},
        ]
        assert bench.announced() == []
        assert not list(bench.bucket().objects.filter(Prefix="raw/source=apewisdom"))
    (told,) = [vars(record) for record in caplog.records if record.message == "mentions.compared"]
    assert (told["ours"], told["theirs"], told["only_ours"], told["only_theirs"]) == (4, 46, 1, 1)
    assert told["top_shared"] == pytest.approx(2 / 3)


def test_a_repeat_keeps_the_same_and_an_unreadable_tick_hurts_only_itself() -> None:
    with beside_an_aggregate() as (bench, aggregate):
        counts(aggregate, {"GME": 31})
        assert bench.deliver(TICK, "{", TICK) == [1]
        assert kept(bench) == [{"ticker": "GME", "ours": None, "theirs": 31}]


@pytest.mark.parametrize(
    "body", ["<html>", "[]", '{"pages": 1}', '{"results": {"GME": 1}}', '{"pages": 2, "results": []}']
)
def test_an_aggregate_that_makes_no_sense_is_told_and_costs_nothing(
    body: str, caplog: pytest.LogCaptureFixture
) -> None:
    with beside_an_aggregate() as (bench, aggregate):
        aggregate.holds(f"{FILTER}/page/1", body)
        assert bench.deliver(TICK) == []
        assert not list(bench.bucket().objects.all())
    assert "mentions.skipped" in [record.message for record in caplog.records]


def test_rows_that_count_nothing_are_passed_over() -> None:
    with beside_an_aggregate() as (bench, aggregate):
        rows = [
            {"ticker": "GME", "mentions": 3},
            {"ticker": "AMC"},
            {"mentions": 1},
            7,
            {"ticker": "BB", "mentions": -1},
        ]
        aggregate.holds(f"{FILTER}/page/1", json.dumps({"pages": "many", "results": rows}))
        assert bench.deliver(TICK) == []
        assert kept(bench) == [{"ticker": "GME", "ours": None, "theirs": 3}]


def test_an_aggregate_that_is_down_is_asked_again() -> None:
    with beside_an_aggregate() as (bench, aggregate):
        aggregate.holds(f"{FILTER}/page/1", "", 503)
        assert bench.deliver(TICK) == [0]


def test_without_an_address_nothing_is_asked() -> None:
    with Bench("ingestion", "compare_mentions") as bench:
        assert bench.deliver(TICK) == []
        assert not list(bench.bucket().objects.all())
