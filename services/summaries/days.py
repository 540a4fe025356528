"""The summary's day: from 07:00 to 19:00 in New York."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
OPENS, ENDS = time(7), time(19)


def window(day: date) -> tuple[datetime, datetime]:
    """First moment of the day's window, and the first one after it."""
    return datetime.combine(day, OPENS, NEW_YORK), datetime.combine(day, ENDS, NEW_YORK)


def summary_day(moment: datetime) -> date | None:
    """The New York date whose window holds *moment*; none for the evening and the night."""
    there = moment.astimezone(NEW_YORK)
    return there.date() if OPENS <= there.time() < ENDS else None


def day_before(moment: datetime) -> date:
    """The New York date before the one *moment* falls on."""
    return moment.astimezone(NEW_YORK).date() - timedelta(days=1)
