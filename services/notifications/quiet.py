"""Quiet hours: from when to when a user's loud channels are silent."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.events.app import QuietHours


def quiet_until(moment: datetime, hours: QuietHours | None, time_zone: str) -> datetime | None:
    """When the quiet that holds at *moment* ends, in UTC; none when it is not quiet.

    *moment* is aware, *time_zone* an IANA name. Equal start and end mean the whole day.
    """
    if hours is None:
        return None
    zone = ZoneInfo(time_zone)
    today = moment.astimezone(zone).date()
    for first in (today - timedelta(days=1), today):
        start, end = _interval(first, hours, zone)
        if start <= moment < end:
            return end
    return None


def _interval(first: date, hours: QuietHours, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The quiet that starts on *first*, by the clock on the wall; a night may have 23 or 25 hours."""
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    last = first if start < end else first + timedelta(days=1)
    begins = datetime.combine(first, start, zone).astimezone(UTC)
    # An end that comes twice is meant the second time, one that is skipped counts from the hour before the
    # change: rather quiet too long than a mail in the night.
    ends = max(datetime.combine(last, end.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
    return begins, ends
