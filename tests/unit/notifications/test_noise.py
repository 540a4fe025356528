"""Digests, days and lateness by the user's own clock."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.noise import local_day, next_digest
from services.notifications.pacing import Lane, is_late, slot
from tests.builders import NOON, a_contact


@pytest.mark.parametrize(
    ("zone", "digest_at", "moment", "expected"),
    [
        ("America/New_York", "18:00", "2021-01-27T17:00Z", "2021-01-27T23:00Z"),
        ("America/New_York", "18:00", "2021-01-27T23:00Z", "2021-01-28T23:00Z"),
        ("America/New_York", None, "2021-01-27T17:00Z", "2021-01-28T13:00Z"),
        ("Asia/Tokyo", "08:00", "2021-01-27T22:59Z", "2021-01-27T23:00Z"),
        ("Asia/Kolkata", "08:00", "2021-01-27T03:00Z", "2021-01-28T02:30Z"),
        # The hour that is skipped in spring is meant after it; the one that comes twice, the first time.
        ("America/New_York", "02:30", "2021-03-14T05:00Z", "2021-03-14T07:30Z"),
        ("America/New_York", "01:30", "2021-11-07T04:00Z", "2021-11-07T05:30Z"),
    ],
)
def test_the_next_digest_goes_by_the_clock_on_the_wall(
    zone: str, digest_at: str | None, moment: str, expected: str
) -> None:
    contact = a_contact(time_zone=zone, digest_at=digest_at)
    assert next_digest(datetime.fromisoformat(moment), contact) == datetime.fromisoformat(expected)


def test_a_cap_counts_by_the_users_day() -> None:
    late = datetime(2021, 1, 27, 16, 0, tzinfo=UTC)
    assert local_day(late, a_contact(time_zone="Asia/Tokyo")) == "2021-01-28"
    assert local_day(late, a_contact()) == "2021-01-27"


@pytest.mark.parametrize(
    ("age", "late"),
    [
        (timedelta(minutes=15), False),
        (timedelta(minutes=15, seconds=1), True),
        (timedelta(days=17), True),
        (timedelta(days=18), False),
        (timedelta(minutes=-10), False),
    ],
)
def test_late_is_over_a_quarter_of_an_hour_and_under_what_queues_keep(age: timedelta, late: bool) -> None:
    assert is_late(NOON - age, NOON) is late


def test_a_lane_that_is_free_gives_now() -> None:
    past = NOON - timedelta(seconds=1)
    assert slot(None, now=NOON, reserved=None) == NOON
    assert slot(Lane(past, past), now=NOON, reserved=None) == NOON
