from datetime import UTC, date, datetime, timedelta

import pytest

from services.market_data.hours import last_closed_session, session_of, sessions_back, state_at


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def closes(day: date) -> datetime:
    session = session_of(day)
    assert session is not None
    return session.close


def test_four_in_the_afternoon_is_another_utc_hour_in_july_than_in_january() -> None:
    assert closes(date(2021, 7, 1)) == utc(2021, 7, 1, 20)
    assert closes(date(2021, 1, 27)) == utc(2021, 1, 27, 21)


def test_the_open_moves_with_daylight_saving_too() -> None:
    friday, monday = session_of(date(2021, 3, 12)), session_of(date(2021, 3, 15))
    assert friday is not None
    assert monday is not None
    assert friday.open == utc(2021, 3, 12, 14, 30)
    assert monday.open == utc(2021, 3, 15, 13, 30)


def test_the_day_after_thanksgiving_ends_at_one() -> None:
    session = session_of(date(2021, 11, 26))
    assert session is not None
    assert session.early
    assert session.close == utc(2021, 11, 26, 18)
    assert state_at(utc(2021, 11, 26, 18, 30)) == "post"
    assert state_at(utc(2021, 11, 26, 22, 30)) == "closed"


@pytest.mark.parametrize(
    "day",
    [
        date(2021, 11, 25),  # Thanksgiving
        date(2021, 4, 2),  # Good Friday
        date(2021, 1, 18),  # Martin Luther King day
        date(2021, 1, 1),
        date(2021, 7, 5),  # Independence Day fell on a Sunday
        date(2022, 6, 20),  # Juneteenth, the first one kept
        date(2025, 1, 9),  # a day of mourning no rule foretells
        date(2021, 1, 23),  # Saturday
        date(2021, 1, 24),
    ],
)
def test_the_market_stays_shut(day: date) -> None:
    assert session_of(day) is None
    assert state_at(datetime(day.year, day.month, day.day, 17, tzinfo=UTC)) == "closed"


def test_a_new_years_day_on_a_saturday_closes_no_friday() -> None:
    assert session_of(date(2021, 12, 31)) is not None
    assert sessions_back(date(2022, 1, 2), 1)[0].day == date(2021, 12, 31)
    assert session_of(date(2022, 1, 3)) is not None


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (utc(2021, 1, 27, 8, 59), "closed"),
        (utc(2021, 1, 27, 9, 0), "pre"),
        (utc(2021, 1, 27, 14, 29, 59), "pre"),
        (utc(2021, 1, 27, 14, 30), "regular"),
        (utc(2021, 1, 27, 21, 0), "regular"),
        (utc(2021, 1, 27, 21, 0, 1), "post"),
        (utc(2021, 1, 28, 0, 59), "post"),
        (utc(2021, 1, 28, 1, 0), "closed"),
    ],
)
def test_a_day_runs_from_pre_market_to_post_market(at: datetime, state: str) -> None:
    assert state_at(at) == state


def test_a_session_counts_as_closed_from_its_bell_on() -> None:
    bell = closes(date(2021, 1, 27))
    assert last_closed_session(bell).day == date(2021, 1, 27)
    assert last_closed_session(bell - timedelta(seconds=1)).day == date(2021, 1, 26)


def test_after_a_long_weekend_the_last_session_is_fridays() -> None:
    assert last_closed_session(utc(2021, 1, 19, 12)).day == date(2021, 1, 15)


def test_sessions_back_skips_weekends_and_holidays() -> None:
    days = [session.day for session in sessions_back(date(2021, 1, 19), 3)]
    assert days == [date(2021, 1, 14), date(2021, 1, 15), date(2021, 1, 19)]


def test_sessions_back_stops_where_the_calendar_begins() -> None:
    assert [s.day for s in sessions_back(date(2019, 1, 3), 9)] == [date(2019, 1, 2), date(2019, 1, 3)]


@pytest.mark.parametrize(
    ("year", "sessions"), [(2019, 252), (2020, 253), (2021, 252), (2024, 252), (2025, 250)]
)
def test_a_year_has_as_many_sessions_as_the_exchange_held(year: int, sessions: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365 + (year % 4 == 0)))
    assert sum(session_of(day) is not None for day in days) == sessions


@pytest.mark.parametrize("day", [date(2018, 12, 31), date(2028, 1, 3)])
def test_a_day_the_calendar_does_not_reach_is_refused_with_the_remedy(day: date) -> None:
    with pytest.raises(ValueError, match="build_sessions"):
        session_of(day)
