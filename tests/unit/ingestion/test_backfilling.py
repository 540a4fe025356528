"""A day of an archive is put in and reported; the second time nothing is added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.ingestion.backfilling import LINES, PATIENCE, TOLD, backfill_day, report_day
from services.ingestion.completeness import DayReport, Linked
from services.ingestion.dating import Line

RUN, DAY = "0123456789ab", date(2021, 1, 27)
MIDNIGHT = 1611705600
ARCHIVE = "archives/c0ffee/RC_2021-01.zst"


@dataclass
class FilesHeld:
    archives: dict[str, list[str]]
    parts_put: dict[str, list[str]] = field(default_factory=dict)
    reports: dict[date, tuple[DayReport, list[str]]] = field(default_factory=dict)

    def lines(self, archive: str) -> Iterator[Line]:
        return enumerate(self.archives[archive], start=1)

    def put_part(self, day: date, origin: str, number: int, lines: Sequence[str]) -> str:
        key = f"{day}/{origin}/{number}"
        self.parts_put[key] = list(lines)
        return key

    def put_report(self, report: DayReport, parts: Sequence[str]) -> None:
        self.reports[report.day] = report, list(parts)

    def parts(self, run: str, day: date) -> list[str]:
        return self.reports[day][1]


@dataclass
class BackfillsKept:
    kept: dict[date, DayReport] = field(default_factory=dict)
    done: dict[str, Linked] = field(default_factory=dict)

    def keep(self, report: DayReport) -> None:
        self.kept[report.day] = report

    def report(self, run: str, day: date) -> DayReport:
        return self.kept[day]

    def linked(self, parts: Sequence[str]) -> Mapping[str, Linked]:
        return {part: self.done[part] for part in parts if part in self.done}


def a_row(number: int, at: int = MIDNIGHT) -> str:
    return f'{{"id": "a{number}", "body": "GME", "created_utc": {at}}}'


class World:
    def __init__(self, *lines: str, **more: list[str]) -> None:
        self.files, self.backfills = FilesHeld({ARCHIVE: list(lines), **more}), BackfillsKept()

    def backfill(self) -> DayReport:
        asked = {"run": RUN, "archives": list(self.files.archives), "first": DAY, "last": DAY, "day": DAY}
        self.left = backfill_day(asked, None, files=self.files, backfills=self.backfills)
        return self.backfills.kept[DAY]

    def look(self) -> dict[str, Any]:
        self.left = report_day(self.left, None, files=self.files, backfills=self.backfills)
        return self.left


def test_the_days_rows_are_cut_into_parts_in_their_order() -> None:
    world = World(*(a_row(n) for n in range(LINES + 3)))
    report = world.backfill()
    assert [len(lines) for lines in world.files.parts_put.values()] == [LINES, 3]
    assert [line for lines in world.files.parts_put.values() for line in lines] == world.files.archives[
        ARCHIVE
    ]
    assert (report.rows, report.written, report.skipped, report.parts) == (LINES + 3, LINES + 3, 0, 2)
    assert not report.complete


def test_what_is_no_post_is_told_with_its_line_and_counted_by_its_reason() -> None:
    world = World("{", a_row(1), '{"id": "b", "body": "x", "created_utc": "soon"}', "[]", a_row(2), "{")
    report = world.backfill()
    assert (report.rows, report.written, report.skipped) == (6, 2, 4)
    assert report.why == {"not JSON": 2, "not a date": 1, "not an object": 1}
    assert [(found.line, found.why) for found in report.skipped_first] == [
        (1, "not JSON"),
        (3, "not a date: 'soon'"),
        (4, "not an object"),
        (6, "not JSON"),
    ]
    assert next(iter(world.files.parts_put.values())) == [a_row(1), a_row(2)]


def test_of_many_lines_that_are_no_posts_all_are_counted_and_the_first_told() -> None:
    report = World(*["{"] * 50).backfill()
    assert (report.skipped, report.why, len(report.skipped_first)) == (50, {"not JSON": 50}, TOLD)


def test_several_archives_have_parts_of_their_own() -> None:
    world = World(a_row(1), **{"archives/c0ffee/RS_2021-01.zst": [a_row(2), a_row(3)]})
    report = world.backfill()
    assert (report.rows, report.parts) == (3, 2)


def test_a_day_is_over_once_every_part_is_linked() -> None:
    world = World(*(a_row(n) for n in range(LINES + 3)))
    world.backfill()
    first, second = world.files.parts_put
    assert not world.look()["over"]
    world.backfills.done[second] = Linked(found=3, new=2, gone=1)
    assert not world.look()["over"]
    world.backfills.done[first] = Linked(found=LINES, new=LINES, gone=0)
    assert world.look()["over"]

    report, parts = world.files.reports[DAY]
    assert report.complete
    assert (report.linked, report.new, report.removed) == (LINES + 3, LINES + 2, 1)
    assert parts == [first, second]
    assert world.backfills.kept[DAY] == report


def test_a_day_without_rows_is_complete_and_says_so() -> None:
    world = World(a_row(1, at=MIDNIGHT - 1))
    assert world.backfill().rows == 0
    assert world.look()["over"]
    assert world.files.reports[DAY][0].complete


def test_a_part_nobody_can_link_is_not_waited_for_without_end() -> None:
    world = World(a_row(1))
    world.backfill()
    looks = [world.look()["over"] for _ in range(PATIENCE + 1)]
    assert looks == [False] * PATIENCE + [True]
    assert not world.files.reports[DAY][0].complete


def test_patience_begins_anew_with_every_part_that_was_linked() -> None:
    world = World(*(a_row(n) for n in range(LINES + 1)))
    world.backfill()
    for _ in range(PATIENCE):
        world.look()
    world.backfills.done[next(iter(world.files.parts_put))] = Linked(found=LINES, new=LINES, gone=0)
    assert world.look() | {"linked_parts": 1, "still": 0, "over": False} == world.left


def test_a_second_run_reports_what_the_first_one_had_linked_at_once() -> None:
    world = World(a_row(1))
    world.backfill()
    world.backfills.done[next(iter(world.files.parts_put))] = Linked(found=1, new=1, gone=0)
    before = dict(world.files.parts_put)
    assert world.backfill().complete
    assert world.files.parts_put == before


@pytest.mark.parametrize("wrong", [{"run": "../x"}, {"archives": []}, {"day": "soon"}, {"more": 1}])
def test_what_is_not_asked_as_it_must_be_is_refused(wrong: dict[str, Any]) -> None:
    asked = {"run": RUN, "archives": [ARCHIVE], "first": DAY, "last": DAY, "day": DAY} | wrong
    with pytest.raises(ValidationError):
        backfill_day(asked, None, files=FilesHeld({}), backfills=BackfillsKept())
