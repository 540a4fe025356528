"""Quiet hours by the clock on the user's wall."""

from datetime import UTC, datetime

import pytest

from contracts.events.app import QuietHours
from services.notifications.quiet import quiet_until

NEW_YORK = "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def until(moment: str, start: str, end: str, zone: str = NEW_YORK) -> str | None:
    found = quiet_until(utc(moment), QuietHours(start=start, end=end), zone)
    return f"{found:%Y-%m-%d %H:%M}" if found else None


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert quiet_until(utc("2021-01-27 08:00"), None, NEW_YORK) is None


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2021-01-28 02:59", None),  # 21:59
        ("2021-01-28 03:00", "2021-01-28 12:00"),  # 22:00
        ("2021-01-28 04:59", "2021-01-28 12:00"),  # 23:59
        ("2021-01-28 05:00", "2021-01-28 12:00"),  # 00:00
        ("2021-01-28 11:59", "2021-01-28 12:00"),  # 06:59
        ("2021-01-28 12:00", None),  # 07:00
    ],
)
def test_a_night_runs_over_midnight_and_its_end_is_not_quiet(moment: str, expected: str | None) -> None:
    assert until(moment, "22:00", "07:00") == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2021-01-27 17:00", "2021-01-27 18:30"), ("2021-01-27 18:30", None), ("2021-01-27 16:59", None)],
)
def test_quiet_within_a_day(moment: str, expected: str | None) -> None:
    assert until(moment, "12:00", "13:30") == expected


def test_it_is_the_users_own_night() -> None:
    assert until("2021-01-27 17:00", "22:00", "07:00", "Asia/Tokyo") == "2021-01-27 22:00"
    assert until("2021-01-27 17:00", "22:00", "07:00", "Asia/Kolkata") == "2021-01-28 01:30"


def test_the_night_the_clocks_go_forward_is_an_hour_shorter() -> None:
    assert until("2021-03-14 03:30", "22:00", "07:00") == "2021-03-14 11:00"
    assert until("2021-03-13 03:30", "22:00", "07:00") == "2021-03-13 12:00"


def test_the_night_the_clocks_go_back_is_an_hour_longer() -> None:
    assert until("2021-11-07 02:30", "22:00", "07:00") == "2021-11-07 12:00"
    assert until("2021-11-07 11:30", "22:00", "07:00") == "2021-11-07 12:00"
    assert until("2021-11-06 11:30", "22:00", "07:00") is None


def test_an_end_that_does_not_exist_comes_after_the_gap() -> None:
    # 02:30 is skipped on 14 March; 03:15 by the wall is still quiet, 03:30 is not.
    assert until("2021-03-14 07:15", "22:00", "02:30") == "2021-03-14 07:30"
    assert until("2021-03-14 07:30", "22:00", "02:30") is None


def test_an_end_that_comes_twice_is_meant_the_second_time() -> None:
    # 01:30 comes at 05:30 and at 06:30 UTC on 7 November.
    assert until("2021-11-07 05:45", "22:00", "01:30") == "2021-11-07 06:30"
    assert until("2021-11-07 06:30", "22:00", "01:30") is None


def test_equal_ends_are_the_whole_day() -> None:
    assert until("2021-01-27 17:00", "09:00", "09:00") == "2021-01-28 14:00"
    assert until("2021-01-27 14:00", "09:00", "09:00") == "2021-01-28 14:00"


def test_what_is_quiet_always_ends_later() -> None:
    hours = QuietHours(start="22:00", end="01:30")
    for minute in range(0, 48 * 60, 5):
        moment = datetime.fromtimestamp(utc("2021-11-06 00:00").timestamp() + minute * 60, UTC)
        end = quiet_until(moment, hours, NEW_YORK)
        assert end is None or end > moment
