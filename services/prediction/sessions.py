"""Sessions of the US stock market: when a day's close is known."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


def closes_at(day: date) -> datetime:
    """The moment *day*'s session closes, in UTC: 16:00 in New York, 13:00 on the early-close days."""
    return datetime.combine(day, time(13 if _closes_early(day) else 16), NEW_YORK).astimezone(UTC)


def new_york_day(moment: datetime) -> date:
    return moment.astimezone(NEW_YORK).date()


def last_closed(moment: datetime) -> date:
    """The latest calendar day whose close is not after *moment*; it need not have had a session."""
    day = new_york_day(moment)
    return day if closes_at(day) <= moment else day - timedelta(days=1)


def _closes_early(day: date) -> bool:
    """The day after Thanksgiving, and the eves of Christmas and of 4 July from Monday to Thursday."""
    if day.month == 11:
        return day.weekday() == 4 and 23 <= day.day <= 29
    return (day.month, day.day) in {(7, 3), (12, 24)} and day.weekday() <= 3
