"""Communities looked through on schedule: what is new, what was missed, and who must wait."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.events.ingestion import Gap
from services.ingestion.collecting import FIRST_LOOK, LEASE, OVERLAP
from services.ingestion.keeping import Known
from services.ingestion.looking import SourceUnavailable, TryLater
from services.ingestion.reading import Row
from tests.builders import NOON
from tests.unit.ingestion.doubles import HELD, QUARTER, LeaseOf, SourceOf, World, row


def test_what_is_new_lands_as_a_part_and_what_is_known_does_not() -> None:
    world = World(SourceOf({"stocks": [row("p1"), row("p2"), row("p2")]}), known={"reddit:t3_p1": HELD})

    completed = world.tick()

    assert world.parts.names == [["t3_p2"]]
    assert next(iter(world.parts.put_)).startswith("source=reddit/dt=2021-01-27/170000-stocks-")
    assert (completed.found, completed.new, completed.failed, completed.gaps) == (2, 1, 0, ())
    assert completed.coverage is None


@pytest.mark.parametrize(
    ("changes", "stands", "lands"),
    [
        ({"selftext": "[removed]"}, HELD, True),
        ({"selftext": "[removed]"}, Known(None, "earlier", "removed"), False),
        ({"edited": NOON.timestamp() - 30}, HELD, True),
        ({"edited": NOON.timestamp() - 7200}, HELD, False),
        ({"edited": True}, HELD, False),
        ({"score": 9000}, HELD, False),
    ],
)
def test_a_known_post_lands_again_only_when_it_changed(
    changes: dict[str, Any], stands: Known, lands: bool
) -> None:
    world = World(SourceOf({"stocks": [row("p1", **changes)]}), known={"reddit:t3_p1": stands})
    completed = world.tick()
    assert world.parts.names == ([["t3_p1"]] if lands else [])
    assert completed.new == 0


def test_a_repeat_looks_at_nothing_again_and_says_the_same() -> None:
    world = World(SourceOf({"stocks": [row("p1")], "investing": [row("p2"), row("p3")]}))
    first = world.tick()
    asked, put = list(world.source.asked), dict(world.parts.put_)

    assert world.tick() == first
    assert (world.source.asked, world.parts.put_) == (asked, put)


def test_a_look_begins_a_little_before_the_last_one_ended() -> None:
    world = World(SourceOf({"stocks": []}))
    assert world.tick().window_start == NOON - FIRST_LOOK
    assert world.tick(NOON + 3 * QUARTER).window_start == NOON
    assert [since for _, since in world.source.asked] == [NOON - FIRST_LOOK - OVERLAP, NOON - OVERLAP]


def test_a_late_tick_does_not_ask_for_what_came_after_it() -> None:
    world = World(SourceOf({"stocks": []}))
    world.tick(NOON + QUARTER)
    assert world.tick(NOON).window_end == NOON
    assert world.source.asked[-1] == ("stocks", NOON - FIRST_LOOK - OVERLAP)


def test_a_late_tick_that_a_later_one_covered_looks_at_nothing_and_says_nothing() -> None:
    world = World(SourceOf({"stocks": [row("p1")]}))
    world.tick(NOON)
    world.tick(NOON + 2 * QUARTER)
    assert world.run(NOON + QUARTER) == []
    assert len(world.source.asked) == 2
    assert world.leases.holder is None


def test_what_a_source_wants_to_be_told_is_kept_with_the_window_and_outlives_a_failure() -> None:
    world = World(SourceOf({"feed": []}, marks={"etag": '"1"'}))
    world.tick()
    world.source.answers["feed"] = SourceUnavailable("404")
    world.tick(NOON + QUARTER)
    world.source.answers["feed"] = []
    world.tick(NOON + 2 * QUARTER)
    assert world.source.told == [{}, {"etag": '"1"'}, {"etag": '"1"'}]


def test_a_source_that_is_not_there_leaves_a_gap_as_long_as_the_window() -> None:
    world = World(SourceOf({"stocks": SourceUnavailable("no Reddit credentials")}))

    completed = world.tick()

    assert (completed.found, completed.new, completed.failed) == (0, 0, 1)
    assert completed.gaps == (Gap(start=NOON - FIRST_LOOK, end=NOON),)
    assert world.told == ["collection.skipped stocks: no Reddit credentials"]
    assert world.parts.put_ == {}


def test_a_closed_community_does_not_stop_the_others() -> None:
    world = World(SourceOf({"stocks": SourceUnavailable("403"), "investing": [row("p1")]}))
    completed = world.tick()
    assert world.parts.names == [["t3_p1"]]
    assert (completed.found, completed.failed, len(completed.gaps)) == (1, 1, 1)


def test_who_must_wait_sends_the_tick_back_after_the_others_and_is_alone_tried_again() -> None:
    world = World(SourceOf({"stocks": TryLater("429", 300), "investing": [row("p1")]}))
    assert world.run() == []
    assert world.again == [(NOON, timedelta(seconds=300))]
    assert world.parts.names == [["t3_p1"]]
    assert world.told == ["collection.waits stocks: 429"]

    world.source.answers["stocks"] = [row("p2")]
    world.source.asked.clear()
    completed = world.tick()

    assert [community for community, _ in world.source.asked] == ["stocks"]
    assert world.parts.names == [["t3_p1"], ["t3_p2"]]
    assert (completed.found, completed.new) == (2, 2)


def test_what_was_seen_before_the_source_asked_for_patience_is_kept() -> None:
    late = TryLater("429")
    late.rows = [row("p1")]  # type: ignore[attr-defined]
    world = World(SourceOf({"stocks": late}))
    assert world.run() == []
    assert world.parts.names == [["t3_p1"]]
    world.link()

    world.source.answers["stocks"] = [row("p1"), row("p2")]
    completed = world.tick()

    assert world.parts.names == [["t3_p1"], ["t3_p2"]]
    assert (completed.found, completed.new) == (2, 2)


def test_the_latest_tick_waits_for_all_and_older_ones_tell_what_they_could_not_see() -> None:
    world = World(SourceOf({"stocks": []}))
    world.tick()
    world.source.answers["stocks"] = TryLater("500")
    assert world.run(NOON + QUARTER) == []
    assert world.run(NOON + 2 * QUARTER) == []
    assert [at for at, _ in world.again] == [NOON + QUARTER, NOON + 2 * QUARTER]

    older = world.tick(NOON + QUARTER)
    assert older.gaps == (Gap(start=NOON, end=NOON + QUARTER),)
    assert older.failed == 1
    assert len(world.again) == 2

    world.source.answers["stocks"] = [row("p1")]
    completed = world.tick(NOON + 2 * QUARTER)
    assert (completed.window_start, completed.found, completed.gaps) == (NOON, 1, ())


def test_a_source_that_another_worker_looks_through_is_left_to_it() -> None:
    world = World(SourceOf({"stocks": [row("p1")]}), leases=LeaseOf("another worker"))
    assert world.run() == []
    assert world.source.asked == []
    assert world.again == [(NOON, LEASE)]


@pytest.mark.parametrize(
    ("reached", "gap"),
    [
        (NOON - timedelta(minutes=10), [Gap(start=NOON - FIRST_LOOK, end=NOON - timedelta(minutes=10))]),
        (NOON + timedelta(minutes=1), [Gap(start=NOON - FIRST_LOOK, end=NOON)]),
        (NOON - FIRST_LOOK, []),
    ],
)
def test_what_a_listing_did_not_reach_is_a_gap(reached: datetime, gap: list[Gap]) -> None:
    world = World(SourceOf({"stocks": [row("p1")]}, complete_from=reached))
    assert list(world.tick().gaps) == gap


def test_rows_that_are_no_posts_are_counted_and_left_out() -> None:
    world = World(SourceOf({"stocks": [row("p1"), row("p2", created_utc=0), row("&")]}))
    completed = world.tick()
    assert (completed.found, completed.failed) == (1, 2)
    assert world.parts.names == [["t3_p1"]]


@pytest.mark.parametrize("change", [lambda rows: [*rows, row("p2")], lambda rows: [row("p1", score=5)]])
def test_a_look_repeated_after_a_crash_writes_over_no_other_part(
    change: Callable[[list[Row]], list[Row]],
) -> None:
    world = World(SourceOf({"stocks": [row("p1")]}))
    world.tick()
    world.coverage.windows.clear()
    world.source.answers["stocks"] = change([row("p1")])
    world.tick()
    assert len(world.parts.put_) == 2
