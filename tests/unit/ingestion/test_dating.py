"""Which lines of an archive are of a day: each of exactly one."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingestion.archive import BadLine
from services.ingestion.dating import lines_of, quick_day
from services.ingestion.reading import RawPost

TUESDAY, WEDNESDAY, THURSDAY = date(2021, 1, 26), date(2021, 1, 27), date(2021, 1, 28)
MIDNIGHT = 1611705600
"""The first second of the Wednesday, UTC."""
HOUR = 3600


def a_row(id_: str, at: float, **more: Any) -> str:
    return json.dumps({"id": id_, "body": "GME", "created_utc": at, **more})


def of(day: date, *lines: str) -> list[tuple[int, str | None]]:
    """Number of each of the day's lines, and why it is no post."""
    found = lines_of(day, enumerate(lines, start=1), TUESDAY)
    return [(number, row.reason if isinstance(row, BadLine) else None) for (number, _), row in found]


def test_a_day_begins_and_ends_at_midnight_utc() -> None:
    lines = [a_row(f"a{n}", at) for n, at in enumerate([MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + 24 * HOUR - 1])]
    assert of(TUESDAY, *lines) == [(1, None)]
    assert of(WEDNESDAY, *lines) == [(2, None), (3, None)]


def test_days_may_come_in_any_order() -> None:
    lines = [a_row("a", MIDNIGHT), a_row("b", MIDNIGHT - HOUR), a_row("c", MIDNIGHT + HOUR)]
    assert of(WEDNESDAY, *lines) == [(1, None), (3, None)]


def test_a_line_that_tells_no_day_counts_to_that_before_it() -> None:
    lines = ["{", a_row("a", MIDNIGHT), "[]", a_row("b", MIDNIGHT + 30 * HOUR), "no"]
    assert of(TUESDAY, *lines) == [(1, "not JSON")]
    assert of(WEDNESDAY, *lines) == [(2, None), (3, "not an object")]
    assert of(THURSDAY, *lines) == [(4, None), (5, "not JSON")]


def test_a_broken_line_with_a_time_counts_to_its_own_day() -> None:
    lines = [a_row("a", MIDNIGHT - HOUR), a_row("", MIDNIGHT), a_row("b", MIDNIGHT - HOUR, score=1)[:-1]]
    assert of(TUESDAY, *lines) == [(1, None), (3, "not JSON")]
    assert of(WEDNESDAY, *lines) == [(2, "no id")]


def test_a_crosspost_is_of_the_day_it_was_written_not_of_its_original() -> None:
    original = {"created_utc": MIDNIGHT - 48 * HOUR}
    line = a_row("a", MIDNIGHT, crosspost_parent_list=[original])
    assert quick_day(line) is None
    assert of(WEDNESDAY, line) == [(1, None)]


def test_a_text_that_quotes_a_time_tells_no_day() -> None:
    said = 'they said "created_utc": 1300000000, so'
    assert quick_day(json.dumps({"id": "a", "body": said, "date": "2021-01-27"})) is None
    assert of(WEDNESDAY, json.dumps({"id": "a", "body": said, "created_utc": MIDNIGHT})) == [(1, None)]


@pytest.mark.parametrize("time", ["0", "99", "9999999999", "null", '"soon"', "1e9", "-1611705600"])
def test_a_time_that_cannot_be_true_is_read_rather_than_believed(time: str) -> None:
    assert quick_day(f'{{"id": "a", "created_utc": {time}, "body": "x"}}') is None


@given(
    st.lists(
        st.one_of(
            st.builds(lambda at: a_row("a", at), st.integers(MIDNIGHT - 30 * HOUR, MIDNIGHT + 60 * HOUR)),
            st.builds(
                lambda at: a_row("a", at, created=at, edited=False),
                st.floats(MIDNIGHT - 30 * HOUR, MIDNIGHT + 60 * HOUR),
            ),
            st.sampled_from(["{", "null", '{"id": "a", "created_utc": 1611705601', '{"created_utc": 7}']),
        ),
        max_size=12,
    )
)
def test_every_line_is_of_exactly_one_day(lines: list[str]) -> None:
    days = [date(2021, 1, day) for day in range(25, 32)]
    counted = [number for day in days for number, _ in of(day, *lines)]
    assert sorted(counted) == list(range(1, len(lines) + 1))


def test_a_line_told_by_its_time_alone_is_of_the_day_its_post_is() -> None:
    for at in range(MIDNIGHT - 3, MIDNIGHT + 3):
        ((_, row),) = lines_of(quick_day(a_row("a", at)) or THURSDAY, [(1, a_row("a", at))], THURSDAY)
        assert isinstance(row, RawPost)
        assert row.created_at.date() == quick_day(a_row("a", at))
