"""When New York trades: its sessions, early closes and holidays, and the market's state at an instant."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

State = Literal["pre", "regular", "post", "closed"]

NEW_YORK = ZoneInfo("America/New_York")
PRE_OPENS, OPENS, CLOSES = time(4), time(9, 30), time(16)
POST_LASTS = timedelta(hours=4)

_TABLE = json.loads(Path(__file__).with_name("sessions.json").read_text())
_FIRST, _LAST = date.fromisoformat(_TABLE["first"]), date.fromisoformat(_TABLE["last"])
_HOLIDAYS = frozenset(map(date.fromisoformat, _TABLE["holidays"]))
_EARLY = {date.fromisoformat(day): time.fromisoformat(at) for day, at in _TABLE["early_closes"].items()}


@dataclass(frozen=True)
class Session:
    """A day of trading; *open* and *close* are in UTC."""

    day: date
    open: datetime
    close: datetime
    early: bool


@cache
def session_of(day: date) -> Session | None:
    """The session of a New York day, none when the market stays shut.

    Raises ValueError for a day the calendar does not reach: nothing is known about it.
    """
    if not _FIRST <= day <= _LAST:
        raise ValueError(
            f"{day} is outside the trading calendar, {_FIRST} to {_LAST}; rebuild sessions.json with "
            "tools/calendar/build_sessions.py"
        )
    if day.weekday() >= 5 or day in _HOLIDAYS:
        return None
    early = _EARLY.get(day)
    return Session(day, _utc(day, OPENS), _utc(day, early or CLOSES), early is not None)


def trading_day(day: date) -> tuple[datetime, datetime]:
    """From when a New York day's trading may begin, before the session, to when it ends, after it."""
    return _utc(day, PRE_OPENS), _utc(day, CLOSES) + POST_LASTS


def new_york_day(instant: datetime) -> date:
    return instant.astimezone(NEW_YORK).date()


def state_at(instant: datetime) -> State:
    """The market's state. Both bells are of the regular session: the closing auction prints at the close."""
    day = new_york_day(instant)
    session = session_of(day)
    if session is None:
        return "closed"
    if session.open <= instant <= session.close:
        return "regular"
    if _utc(day, PRE_OPENS) <= instant < session.open:
        return "pre"
    return "post" if session.close < instant < session.close + POST_LASTS else "closed"


def last_closed_session(instant: datetime) -> Session:
    """The newest session whose close has passed."""
    newest = sessions_back(new_york_day(instant), 2)
    return next(session for session in reversed(newest) if session.close <= instant)


def sessions_back(day: date, n: int) -> list[Session]:
    """The last *n* sessions up to and with *day*, oldest first; fewer where the calendar begins."""
    found: list[Session] = []
    while len(found) < n and day >= _FIRST:
        if session := session_of(day):
            found.append(session)
        day -= timedelta(days=1)
    return found[::-1]


def _utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)
