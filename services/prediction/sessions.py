"""Sessions of the US stock market: which days have one, and when a day's close is known."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_UNFORESEEN = frozenset(
    date.fromisoformat(day)
    for day in (
        *("2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2012-10-29", "2012-10-30"),
        *("2004-06-11", "2007-01-02", "2018-12-05", "2025-01-09"),
    )
)
"""Weekdays the exchange stayed shut without a rule that says so: attacks, a storm, days of mourning."""


def closes_at(day: date) -> datetime:
    """The moment *day*'s session closes, in UTC: 16:00 in New York, 13:00 on the early-close days."""
    return datetime.combine(day, time(13 if _closes_early(day) else 16), NEW_YORK).astimezone(UTC)


def new_york_day(moment: datetime) -> date:
    return moment.astimezone(NEW_YORK).date()


def last_closed(moment: datetime) -> date:
    """The latest calendar day whose close is not after *moment*; it need not have had a session."""
    day = new_york_day(moment)
    return day if closes_at(day) <= moment else day - timedelta(days=1)


def last_session_closed(moment: datetime) -> date:
    """The latest day with a session whose close is not after *moment*."""
    day = last_closed(moment)
    while not trades_on(day):
        day -= timedelta(days=1)
    return day


@cache
def session_after(day: date, sessions: int) -> date:
    """The day of the session so many sessions after *day*, which need not have one itself."""
    while sessions:
        day += timedelta(days=1)
        sessions -= trades_on(day)
    return day


@cache
def trades_on(day: date) -> bool:
    """Whether the exchange has a session on *day*, by the rules of NYSE since 1998."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year) and day not in _UNFORESEEN


@cache
def _holidays(year: int) -> frozenset[date]:
    new_year = date(year, 1, 1)
    days = [
        # On a Saturday it is not made up for: the Friday before closes the year's books.
        new_year + timedelta(days=new_year.weekday() == _SUNDAY),
        _nth(3, _MONDAY, year, 1),
        _nth(3, _MONDAY, year, 2),
        _easter(year) - timedelta(days=2),
        _nth(1, _MONDAY, year, 6) - timedelta(days=7),
        _made_up(date(year, 7, 4)),
        _nth(1, _MONDAY, year, 9),
        _nth(4, _THURSDAY, year, 11),
        _made_up(date(year, 12, 25)),
    ]
    return frozenset([*days, _made_up(date(year, 6, 19))] if year >= 2022 else days)


def _nth(n: int, weekday: int, year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _made_up(day: date) -> date:
    """A holiday on a Saturday is kept on the Friday, one on a Sunday on the Monday."""
    return day + timedelta(days={_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0))


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    epact -= (golden + 11 * epact) // 319
    weekday = (2 * (century % 4) + 2 * (rest // 4) - rest % 4 - epact + 32) % 7
    month = (epact + weekday + 90) // 25
    return date(year, month, (epact + weekday + month + 19) % 32)


def _closes_early(day: date) -> bool:
    """The day after Thanksgiving, and the eves of Christmas and of 4 July from Monday to Thursday."""
    if day.month == 11:
        return day.weekday() == 4 and 23 <= day.day <= 29
    return (day.month, day.day) in {(7, 3), (12, 24)} and day.weekday() <= 3
