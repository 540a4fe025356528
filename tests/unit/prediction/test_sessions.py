"""Which days have a session, and when its close is known."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.market_data import hours
from services.prediction.sessions import closes_at, last_closed, session_after, trades_on


@pytest.mark.parametrize(
    ("day", "close"),
    [
        (date(2021, 1, 27), datetime(2021, 1, 27, 21, 0, tzinfo=UTC)),
        (date(2021, 7, 14), datetime(2021, 7, 14, 20, 0, tzinfo=UTC)),
        (date(2020, 11, 27), datetime(2020, 11, 27, 18, 0, tzinfo=UTC)),
        (date(2020, 12, 24), datetime(2020, 12, 24, 18, 0, tzinfo=UTC)),
        (date(2019, 7, 3), datetime(2019, 7, 3, 17, 0, tzinfo=UTC)),
        (date(2019, 11, 22), datetime(2019, 11, 22, 21, 0, tzinfo=UTC)),
    ],
)
def test_a_session_closes_at_four_in_new_york_but_at_one_on_the_early_days(
    day: date, close: datetime
) -> None:
    assert closes_at(day) == close


def test_a_day_is_not_closed_before_its_close() -> None:
    assert last_closed(datetime(2021, 1, 27, 20, 59, tzinfo=UTC)) == date(2021, 1, 26)
    assert last_closed(datetime(2021, 1, 27, 21, 0, tzinfo=UTC)) == date(2021, 1, 27)


def test_the_day_is_new_yorks_not_greenwichs() -> None:
    assert last_closed(datetime(2021, 1, 28, 3, 0, tzinfo=UTC)) == date(2021, 1, 27)


def test_sessions_are_those_of_the_exchanges_calendar() -> None:
    days = [date(2019, 1, 1) + timedelta(days=n) for n in range(9 * 365 + 2)]

    assert days[-1] == date(2027, 12, 31)
    assert [day for day in days if trades_on(day) != (hours.session_of(day) is not None)] == []


@pytest.mark.parametrize(
    ("day", "sessions", "after"),
    [
        (date(2021, 1, 27), 1, date(2021, 1, 28)),
        (date(2021, 1, 29), 1, date(2021, 2, 1)),
        (date(2021, 1, 15), 1, date(2021, 1, 19)),
        (date(2021, 1, 27), 10, date(2021, 2, 10)),
        (date(2021, 1, 27), 21, date(2021, 2, 26)),
        (date(2021, 1, 30), 1, date(2021, 2, 1)),
    ],
    ids=["next day", "weekend", "King's day", "ten", "a month with a holiday", "from a Saturday"],
)
def test_sessions_ahead_are_counted_over_weekends_and_holidays(day: date, sessions: int, after: date) -> None:
    assert session_after(day, sessions) == after
