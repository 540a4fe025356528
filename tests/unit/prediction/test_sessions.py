"""When a day's close is known."""

from datetime import UTC, date, datetime

import pytest

from services.prediction.sessions import closes_at, last_closed


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
