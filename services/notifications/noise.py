"""How loud a user wants to be told: mutes, and when the next digest goes out."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.events.app import ContactChangedV1

MORNING = "08:00"
"""When a digest goes out, by the user's clock, where they named no time of their own."""


def is_muted(contact: ContactChangedV1 | None, channel: str, rule: str | None) -> bool:
    """Whether alerts of kind *rule* are muted on *channel*; for a *rule* of none, whether all are."""
    mutes = contact.mutes if contact else ()
    return any(mute.channel in (None, channel) and mute.rule in (None, rule) for mute in mutes)


def next_digest(moment: datetime, contact: ContactChangedV1) -> datetime:
    """The first digest after *moment*, in UTC, by the clock on the wall of the user's zone."""
    zone = ZoneInfo(contact.time_zone)
    wanted = time.fromisoformat(contact.digest_at or MORNING)
    today = moment.astimezone(zone).date()
    days = (today + timedelta(days=later) for later in range(3))
    # A time that a change of clocks skips is meant an hour later; one that comes twice the first time.
    times = (datetime.combine(day, wanted, zone).astimezone(UTC) for day in days)
    return next(at for at in times if at > moment)


def local_day(moment: datetime, contact: ContactChangedV1) -> str:
    """The day a message counts to, in the user's zone, as an ISO date."""
    return moment.astimezone(ZoneInfo(contact.time_zone)).date().isoformat()
