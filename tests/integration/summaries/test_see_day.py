"""What collections saw of a day: through GatherDay's real handler to the summary that says so."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope
from services.summaries.daystats import DayStatsTable
from services.summaries.seeing import coverage
from tests.bench import Bench, BusDown
from tests.builders import NOON, a_post, enveloped
from tests.unit.summaries.fakes import DAY
from tests.unit.summaries.test_seeing import QUARTER, a_collection


@pytest.fixture(name="bench")
def running() -> Iterator[Bench]:
    with Bench("summaries", "gather_day") as bench:
        yield bench


def a_window(number: int = 0, **changes: Any) -> Envelope:
    end = NOON + number * QUARTER
    return enveloped(a_collection(window_start=end - QUARTER, window_end=end, **changes), at=end)


WINDOWS = [a_window(n, coverage=share) for n, share in enumerate(("0.4", "0", "0.8"))]


def share(bench: Bench) -> str:
    return str(coverage(DayStatsTable(bench.table("DayStats")).read(DAY).looks, DAY))


def test_windows_are_kept_and_weighed(bench: Bench) -> None:
    assert bench.deliver(*WINDOWS) == []
    assert share(bench) == "0.400"
    assert bench.announced() == []


def test_neither_repeats_nor_order_matter() -> None:
    dumps = set()
    for order in (WINDOWS, WINDOWS[::-1], [*WINDOWS[1:], *WINDOWS]):
        with Bench("summaries", "gather_day") as bench:
            assert bench.deliver(*order) == []
            dumps.add(bench.dump())
    assert len(dumps) == 1


def test_a_broken_message_hurts_only_itself(bench: Bench) -> None:
    assert bench.deliver(WINDOWS[0], "{", WINDOWS[2]) == [1]
    assert share(bench) == "0.600"


def test_what_could_not_be_written_returns_to_the_queue(bench: Bench) -> None:
    with bench.refuse("UpdateItem"):
        assert bench.deliver(*WINDOWS) == [0, 1, 2]
    assert bench.deliver(*WINDOWS) == []
    assert share(bench) == "0.400"


def test_a_part_of_an_archive_leaves_no_row(bench: Bench) -> None:
    assert bench.deliver(a_window(collection="raw/source=archive/dt=2021-01-27/a", coverage=None)) == []
    assert share(bench) == "None"


def test_the_summary_says_that_the_day_was_thinly_seen() -> None:
    with Bench("summaries", "gather_day") as bench:
        posts = [enveloped(a_post(post_id=f"reddit:t3_{n}", author=f"a{n}", cluster=None)) for n in range(12)]
        assert bench.deliver(*posts, *WINDOWS) == []
        rows = list(bench.table("DayStats").scan()["Items"])
    with Bench("summaries", "publish_summary") as bench:
        for row in rows:
            bench.table("DayStats").put_item(Item=row)
        morning = Due(schedule="mornings", due_at=NOON + timedelta(hours=20))
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(morning)
        assert bench.deliver(morning) == []
        (said,) = bench.announced()
    assert (said.data["coverage"], said.data["posts"]) == ("0.400", 12)
    assert said.data["headline"].endswith("Thinly seen: about 40% of what is usual.")
    assert said.data["tickers"][0]["text"].endswith("Thinly seen: about 40% of what is usual.")
