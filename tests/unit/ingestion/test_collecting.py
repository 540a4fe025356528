"""Communities looked through on schedule: what is new, what was missed, and who must wait."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.ingestion import CollectionCompletedV1, Gap
from services.ingestion.collecting import (
    FIRST_LOOK,
    OVERLAP,
    Look,
    SourceUnavailable,
    TryLater,
    Window,
    collect_posts,
)
from services.ingestion.keeping import Known, KnownPosts
from services.ingestion.reading import Row
from tests.builders import NOON, Said, enveloped

QUARTER = timedelta(minutes=15)
HELD = Known(cluster=None, part="earlier", removed=None)


@dataclass
class SourceOf:
    """Gives each community's rows, or raises what is said instead; notes who was looked at since when."""

    answers: dict[str, list[Row] | Exception]
    complete_from: datetime | None = None
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    name: str = "reddit"

    def visit(self) -> "SourceOf":
        return self

    def look(self, community: str, since: datetime, known: KnownPosts) -> Look:
        self.asked.append((community, since))
        answer = self.answers[community]
        if isinstance(answer, Exception):
            raise answer
        return Look(answer, self.complete_from or since)


@dataclass
class PartsPut:
    put_: dict[str, list[Row]] = field(default_factory=dict)

    def put(self, source: str, day: date, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
        key = f"{source}/{day}/{name}"
        self.put_[key] = list(rows)
        return key

    @property
    def names(self) -> list[list[str]]:
        return [[row["name"] for row in rows] for rows in self.put_.values()]


@dataclass
class CoverageKept:
    windows: dict[tuple[str, datetime], Window] = field(default_factory=dict)

    def latest(self, source: str, community: str, until: datetime) -> Window | None:
        ends = [end for named, end in self.windows if named == community and end <= until]
        return self.windows[community, max(ends)] if ends else None

    def keep(self, source: str, window: Window) -> None:
        self.windows[window.community, window.end] = window


@dataclass
class World:
    source: SourceOf
    known: dict[str, Known] = field(default_factory=dict)
    parts: PartsPut = field(default_factory=PartsPut)
    coverage: CoverageKept = field(default_factory=CoverageKept)
    told: list[str] = field(default_factory=list)

    def tick(self, at: datetime = NOON) -> CollectionCompletedV1:
        due = Due(schedule="quarter-hours", due_at=at)
        said = Said(enveloped(due, at=at))
        collect_posts(
            due,
            said,
            communities=list(self.source.answers),
            source=self.source,
            known=lambda ids: {id_: self.known[id_] for id_ in ids if id_ in self.known},
            parts=self.parts,
            coverage=self.coverage,
            tell=lambda what, extra: self.told.append(f"{what} {extra['community']}: {extra['reason']}"),
        )
        (completed,) = said.events
        assert isinstance(completed, CollectionCompletedV1)
        return completed


def row(id_: str, **changes: Any) -> Row:
    given = {
        "id": id_,
        "name": f"t3_{id_}",
        "title": "GME",
        "selftext": "",
        "subreddit": "stocks",
        "edited": False,
    }
    return given | {"created_utc": NOON.timestamp() - 60} | changes


def test_what_is_new_lands_as_a_part_and_what_is_known_does_not() -> None:
    world = World(SourceOf({"stocks": [row("p1"), row("p2"), row("p2")]}), known={"reddit:t3_p1": HELD})

    completed = world.tick()

    assert world.parts.names == [["t3_p2"]]
    assert next(iter(world.parts.put_)).startswith("reddit/2021-01-27/170000-stocks-")
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


def test_who_must_wait_fails_the_tick_after_the_others_and_is_alone_tried_again() -> None:
    world = World(SourceOf({"stocks": TryLater("429"), "investing": [row("p1")]}))
    with pytest.raises(TryLater, match="429"):
        world.tick()
    assert world.parts.names == [["t3_p1"]]

    world.source.answers["stocks"] = [row("p2")]
    world.source.asked.clear()
    completed = world.tick()

    assert [community for community, _ in world.source.asked] == ["stocks"]
    assert world.parts.names == [["t3_p1"], ["t3_p2"]]
    assert (completed.found, completed.new) == (2, 2)


def test_a_window_given_up_is_looked_through_by_the_next_tick() -> None:
    world = World(SourceOf({"stocks": []}))
    world.tick()
    world.source.answers["stocks"] = TryLater("500")
    with pytest.raises(TryLater):
        world.tick(NOON + QUARTER)
    world.source.answers["stocks"] = []
    assert world.tick(NOON + 2 * QUARTER).window_start == NOON


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
