"""What is usual at an hour of the week."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.ingestion.expecting import WEEKS, Stretch, Week, same_hours, share, usual

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
OPEN = datetime(2021, 3, 15, 13, 30, tzinfo=UTC)
"""A Monday, 09:30 in New York, the day after its clocks went forward."""
STRETCHES = [Stretch(OPEN, OPEN + HOUR)] * WEEKS


def weeks(*posts: int, seen: timedelta = HOUR) -> list[Week]:
    return [*(Week(number, seen) for number in posts), *[Week(0, timedelta())] * (WEEKS - len(posts))]


def test_the_same_hours_of_the_weeks_before_are_the_exchanges() -> None:
    before = same_hours(OPEN, OPEN + QUARTER)
    assert len(before) == WEEKS
    # Nine in the morning in New York, before the clocks changed.
    assert before[0] == Stretch(datetime(2021, 3, 8, 14, tzinfo=UTC), datetime(2021, 3, 8, 15, tzinfo=UTC))


def test_a_window_over_several_hours_takes_all_of_them() -> None:
    begins = datetime(2021, 3, 8, 14, tzinfo=UTC)
    assert same_hours(OPEN, OPEN + 2 * HOUR)[0] == Stretch(begins, begins + 3 * HOUR)
    whole = same_hours(OPEN + 2 * QUARTER, OPEN + 2 * QUARTER + HOUR)[0]
    assert whole == Stretch(begins + HOUR, begins + 2 * HOUR)


def test_usual_is_the_median_rate_times_the_time() -> None:
    assert usual(QUARTER, STRETCHES, weeks(40, 48, 400, 44, 0)) == Decimal("11.0")
    assert usual(HOUR, STRETCHES, weeks(40, 48, 400, 44)) == Decimal("46.0")
    assert usual(HOUR, STRETCHES, weeks(20, 20, 20, 20, seen=HOUR / 2)) == Decimal("40.0")


def test_one_day_of_madness_does_not_become_usual() -> None:
    assert usual(HOUR, STRETCHES, weeks(40, 40, 40, 40, 9000)) == Decimal("40.0")


@pytest.mark.parametrize(
    "seen", [weeks(40, 40, 40), weeks(40, 40, 40, 40, 40, seen=HOUR / 2 - timedelta(seconds=1))]
)
def test_too_few_weeks_say_nothing(seen: list[Week]) -> None:
    assert usual(HOUR, STRETCHES, seen) is None


def test_nothing_may_be_usual_and_is_not_unknown() -> None:
    assert usual(HOUR, STRETCHES, weeks(0, 0, 0, 0)) == 0


@pytest.mark.parametrize(
    ("found", "expected", "seen"),
    [(5, "20", "0.250"), (20, "20", "1"), (400, "20", "1"), (0, "20", "0"), (0, "0", None), (3, "0", None)],
)
def test_a_share_is_of_what_is_expected_and_at_most_all(found: int, expected: str, seen: str | None) -> None:
    assert share(found, Decimal(expected)) == (Decimal(seen) if seen else None)
