"""KeepLooks through its real handler, and what a tick makes of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from contracts.events.envelope import Envelope
from services.sentiment.looks import LooksTable
from services.sentiment.seeing import coverage
from tests.bench import Bench
from tests.builders import NOON, enveloped
from tests.integration.sentiment.test_aggregate_sentiment import due, spoken, told
from tests.unit.sentiment.test_seeing import HOUR, QUARTER, a_collection


@pytest.fixture(name="bench")
def running() -> Iterator[Bench]:
    with Bench("sentiment", "keep_looks") as bench:
        yield bench


def a_window(quarters: int, share: str | None, **changes: Any) -> Envelope:
    """A quarter of an hour that ended so many before noon."""
    end = NOON - quarters * QUARTER
    given = {"window_start": end - QUARTER, "window_end": end, "coverage": share}
    return enveloped(a_collection(**{**given, **changes}), at=end)


HOURS = [a_window(3, "0.4"), a_window(2, "0"), a_window(1, "0.4"), a_window(0, "0.8")]


def share(bench: Bench) -> str:
    looks = LooksTable(bench.table("Looks")).between(NOON - HOUR, NOON)
    return str(coverage(looks, NOON - HOUR, NOON))


def test_what_a_collection_saw_is_kept(bench: Bench) -> None:
    assert bench.deliver(*HOURS) == []
    assert share(bench) == "0.400"
    assert bench.announced() == []


def test_neither_repeats_nor_order_matter() -> None:
    dumps = set()
    for order in (HOURS, HOURS[::-1], [*HOURS[2:], *HOURS]):
        with Bench("sentiment", "keep_looks") as bench:
            assert bench.deliver(*order) == []
            dumps.add(bench.dump())
    assert len(dumps) == 1


def test_a_broken_message_hurts_only_itself(bench: Bench) -> None:
    assert bench.deliver(HOURS[0], "{", *HOURS[1:]) == [1]
    assert share(bench) == "0.400"


def test_what_could_not_be_written_returns_to_the_queue(bench: Bench) -> None:
    with bench.refuse("PutItem"):
        assert bench.deliver(*HOURS) == [0, 1, 2, 3]
    assert bench.deliver(*HOURS) == []
    assert share(bench) == "0.400"


def test_windows_are_found_over_midnight_and_a_part_of_an_archive_leaves_none(bench: Bench) -> None:
    midnight = NOON + timedelta(hours=7)
    windows = [a_window(-4 * hours, "0.5") for hours in (6, 7, 8)]
    archive = a_window(-28, None, collection="raw/source=archive/dt=2021-01-27/a", expected=None)
    assert bench.deliver(*windows, archive) == []
    found = LooksTable(bench.table("Looks")).between(midnight - HOUR, midnight + HOUR)
    assert [look.end for look in found] == [midnight, midnight + HOUR]


def test_a_tick_after_a_day_in_the_dark_announces_no_surge_until_the_day_was_seen() -> None:
    with Bench("sentiment", "keep_looks") as bench:
        dark = a_window(0, "0.1", window_start=NOON - 25 * HOUR, window_end=NOON - HOUR, expected="900")
        assert bench.deliver(dark, *[a_window(n, "1") for n in range(4)]) == []
        rows = list(bench.table("Looks").scan()["Items"])
    with Bench("sentiment", "aggregate_sentiment") as bench:
        spoken(bench, 12, at=NOON - HOUR / 2)
        for row in rows:
            bench.table("Looks").put_item(Item=row)
        assert bench.deliver(due()) == []
        assert bench.announced() == []
    with Bench("sentiment", "aggregate_sentiment") as bench:
        spoken(bench, 12, at=NOON - HOUR / 2)
        for row in rows:
            bench.table("Looks").put_item(Item={**row, "coverage": 1})
        assert bench.deliver(due()) == []
        (said,) = bench.announced()
    assert told(said).because == ("mentions",)
    assert told(said).coverage == 1
