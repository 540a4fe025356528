"""The window of a summary, on New York's clock."""

from datetime import UTC, date, datetime

import pytest

from services.summaries.days import day_before, summary_day, window


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2021, 1, 27, 12, 0, tzinfo=UTC), date(2021, 1, 27)),
        (datetime(2021, 1, 27, 11, 59, 59, tzinfo=UTC), None),
        (datetime(2021, 1, 27, 23, 59, 59, 999999, tzinfo=UTC), date(2021, 1, 27)),
        (datetime(2021, 1, 28, 0, 0, tzinfo=UTC), None),
        (datetime(2021, 7, 1, 11, 0, tzinfo=UTC), date(2021, 7, 1)),
        (datetime(2021, 7, 1, 23, 0, tzinfo=UTC), None),
    ],
    ids=["opens", "before it opens", "last moment", "ends", "opens in summer", "ends in summer"],
)
def test_a_post_belongs_to_the_window_it_falls_in_or_to_none(moment: datetime, day: date | None) -> None:
    assert summary_day(moment) == day


@pytest.mark.parametrize("day", [date(2021, 3, 14), date(2021, 11, 7), date(2021, 1, 27)])
def test_the_window_spans_twelve_hours_also_when_the_clocks_change(day: date) -> None:
    start, end = (edge.astimezone(UTC) for edge in window(day))
    assert (end - start).total_seconds() == 12 * 3600
    assert summary_day(start) == day
    assert summary_day(end) is None


def test_the_day_before_is_new_yorks_and_not_utcs() -> None:
    assert day_before(datetime(2021, 1, 28, 13, 0, tzinfo=UTC)) == date(2021, 1, 27)
    assert day_before(datetime(2021, 1, 28, 3, 0, tzinfo=UTC)) == date(2021, 1, 26)
