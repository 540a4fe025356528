"""The hour, the day and the week of a ticker over the service's own tables: late, edited, forgotten posts."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from typer.testing import CliRunner

from services.sentiment import day_sums
from services.sentiment.day_sums import DaySumsTable
from services.sentiment.keeping import Adoption, Score, Version
from services.sentiment.looks import LooksTable
from services.sentiment.readings import ReadingsTable
from services.sentiment.scores import ScoresTable
from services.sentiment.spanning import Summed, Window, windows_at
from services.sentiment.sums import NOTHING
from tests.bench import Bench
from tests.builders import NOON
from tests.unit.sentiment.test_windows import a_kept_score
from tools.tape import session
from tools.tape.cli import app

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
THREE_DAYS_AGO = (NOON - 3 * DAY).date()


@pytest.fixture(name="bench")
def running() -> Iterator[Bench]:
    with Bench("sentiment", "forget_scores") as bench:
        yield bench


def keep(bench: Bench, number: int, at: datetime, polarity: str = "0.500", **changes: Any) -> Score:
    score = a_kept_score(number, posted_at=at, polarity=Decimal(polarity), **changes)
    version = Version(score.post_id, at, score.seen, (score.ticker,))
    ScoresTable(bench.table("Scores")).keep([version], [score])
    return score


def a_week(bench: Bench) -> list[Score]:
    return [keep(bench, number, NOON - number * 5 * HOUR - HOUR) for number in range(29)]


def windows(bench: Bench, table: Any = None, end: datetime = NOON) -> tuple[Window, ...]:
    found = table or bench.table("Scores")
    looks = LooksTable(bench.table("Looks"))
    return windows_at("GME", end, scores=ScoresTable(found), days=DaySumsTable(found), looks=looks)


class Counted:
    """A table that counts its calls; just before the one of number *at* something happens."""

    def __init__(self, table: Any, at: int = 0, happens: Any = None) -> None:
        self._table, self._at, self._happens = table, at, happens
        self.calls: list[str] = []
        self.items = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._table, name)
        return self._counting(name, found) if name in ("query", "put_item") else found

    def _counting(self, name: str, call: Any) -> Any:
        def counted(**options: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) == self._at and self._happens:
                happens, self._happens = self._happens, None
                happens()
            answer = call(**options)
            self.items += len(answer.get("Items", ()))
            return answer

        return counted


def test_days_that_are_over_are_added_up_once_and_then_read_by_one_query(bench: Bench) -> None:
    a_week(bench)
    first, second = Counted(bench.table("Scores")), Counted(bench.table("Scores"))
    assert windows(bench, first) == windows(bench, second)
    assert first.calls.count("put_item") == 12
    # The adoptions, the sums of six days, and the scores of the two UTC days that the last 24 hours touch.
    assert second.calls == ["query"] * 4
    assert second.items == 6 + 5


def test_late_posts_edits_and_removals_leave_what_the_posts_alone_leave(bench: Bench) -> None:
    posts = a_week(bench)
    before = windows(bench)
    table = ScoresTable(bench.table("Scores"))

    late = keep(bench, 500, NOON - 3 * DAY, "-1.000", author="late")
    assert windows(bench)[2].mentions == before[2].mentions + 1

    keep(bench, 500, NOON - 3 * DAY, "1.000", seen="2", author="late")
    edited = windows(bench)[2]
    assert (edited.mentions, edited.mean) > (before[2].mentions, before[2].mean)

    table.forget(late.post_id)
    assert windows(bench) == before
    for post in posts:
        table.forget(post.post_id)
    assert [window.mentions for window in windows(bench)] == [0, 0, 0]


def test_a_repeat_changes_no_window(bench: Bench) -> None:
    a_week(bench)
    before = windows(bench)
    a_week(bench)
    assert windows(bench) == before


def test_posts_in_any_order_with_windows_asked_for_in_between_end_the_same() -> None:
    found = set()
    moments = {1: NOON - HOUR, 2: NOON - 3 * DAY, 3: NOON - 3 * DAY + HOUR}
    for order in permutations(moments):
        with Bench("sentiment", "forget_scores") as bench:
            for number in order:
                keep(bench, number, moments[number], f"0.{number}00")
                windows(bench)
            found.add(windows(bench))
    assert len(found) == 1


@pytest.mark.parametrize("call", range(13, 18))
def test_a_post_that_comes_or_goes_while_its_day_is_added_up_is_not_missed(bench: Bench, call: int) -> None:
    gone = keep(bench, 1, NOON - 3 * DAY)

    def happens() -> None:
        ScoresTable(bench.table("Scores")).forget(gone.post_id)
        keep(bench, 2, NOON - 3 * DAY + HOUR, "-0.700")

    windows(bench, Counted(bench.table("Scores"), call, happens))
    week = windows(bench)[2]
    assert (week.mentions, week.mean) == (1, Decimal("-0.700"))


def test_a_reading_by_a_model_that_is_in_force_already_enters_the_week(bench: Bench) -> None:
    score = keep(bench, 1, NOON - 3 * DAY)
    table = bench.table("Scores")
    run = Adoption("run", NOON - 7 * DAY, NOON, "second", "1", NOON)
    ScoresTable(table).adopt(run)
    assert windows(bench)[2].mean == Decimal("0.500")
    again = a_kept_score(
        1,
        posted_at=score.posted_at,
        polarity=Decimal("-0.900"),
        model="second",
        version="1",
        label="negative",
    )
    ReadingsTable(None, table).keep([again])  # type: ignore[arg-type]
    assert windows(bench)[2].mean == Decimal("-0.900")


def test_a_day_of_more_authors_than_one_item_holds_is_kept_whole(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_sums, "PIECE", 40)
    for number in range(23):
        keep(bench, number, NOON - 3 * DAY, cluster=f"c{number % 4}")
    first = windows(bench)
    kept = DaySumsTable(bench.table("Scores")).kept("GME", THREE_DAYS_AGO, THREE_DAYS_AGO)
    assert len(kept[THREE_DAYS_AGO].sums.authors) == 23
    assert windows(bench) == first
    behind = [
        i["sk"] for i in bench.table("Scores").scan()["Items"] if i["pk"] == "SUMS#GME" and "#" in i["sk"]
    ]
    assert len(behind) == 5
    bench.table("Scores").delete_item(Key={"pk": "SUMS#GME", "sk": behind[2]})
    assert windows(bench) == first


def test_a_day_begun_by_two_at_once_is_kept_by_the_later(bench: Bench) -> None:
    days, day = DaySumsTable(bench.table("Scores")), date(2021, 1, 20)
    first, second = days.begin("GME", day), days.begin("GME", day)
    assert not days.keep("GME", day, first, Summed("", NOTHING))
    assert days.kept("GME", day, day) == {}
    assert days.keep("GME", day, second, Summed("", NOTHING))
    assert days.kept("GME", day, day) == {day: Summed("", NOTHING)}


def tape(bench: Bench, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setattr(session, "connect", lambda: bench)
    return CliRunner().invoke(app, ["windows", *words])


def test_the_command_tells_three_windows_and_why_one_is_silent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(bench, 1, NOON - 2 * HOUR)
    answer = tape(bench, monkeypatch, "GME", "--at", "2021-01-27T17:00:00Z", "--json")
    assert answer.exception is None
    hour, day, week = json.loads(answer.stdout)["windows"]
    assert (hour["mean"], hour["mentions"], hour["silence"]) == (None, 0, "not known whether anybody looked")
    assert (day["mean"], day["mentions"], day["silence"]) == ("0.500", 1, None)
    assert (week["start"], week["end"]) == ("2021-01-21T00:00:00Z", "2021-01-27T17:00:00Z")
    shown = tape(bench, monkeypatch, "GME", "--at", "2021-01-27T17:00:00Z").stdout
    assert "PT24H" in shown
    assert "that is not neutral" in shown


def test_what_is_no_ticker_is_told_with_the_remedy(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = tape(bench, monkeypatch, "gme!")
    assert "write it in capitals" in str(answer.exception)
