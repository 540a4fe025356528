"""Writes services/market_data/sessions.json: the weekdays New York does not trade, and those it closes early.

Run it from the root of the checkout, in an environment that holds the source:

    uv run --isolated --with 'exchange_calendars==4.13.2' python -m tools.calendar.build_sessions

Needs no network. Afterwards every open and close is read back through `hours` and compared with the source.
"""

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import exchange_calendars  # type: ignore[import-not-found]

FIRST, LAST = date(2019, 1, 1), date(2027, 12, 31)
TARGET = Path(__file__).parents[2] / "services" / "market_data" / "sessions.json"


def main() -> int:
    calendar = exchange_calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat())
    TARGET.write_text(json.dumps(_table(calendar), indent=1) + "\n")
    wrong = _read_back_wrong(calendar)
    print(
        f"{len(calendar.sessions)} sessions, {TARGET.stat().st_size:,} bytes, read back wrong: {wrong or 0}"
    )
    return 1 if wrong else 0


def _table(calendar: Any) -> dict[str, Any]:
    traded = {session.date() for session in calendar.sessions}
    closes = {session.date(): close for session, close in calendar.schedule["close"].items()}
    return {
        "source": f"XNYS of exchange_calendars {exchange_calendars.__version__}",
        "first": FIRST.isoformat(),
        "last": LAST.isoformat(),
        "holidays": [day.isoformat() for day in _days() if day.weekday() < 5 and day not in traded],
        "early_closes": {
            session.date().isoformat(): _new_york_time(closes[session.date()])
            for session in calendar.early_closes
        },
    }


def _new_york_time(moment: Any) -> str:
    return str(moment.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M"))


def _days() -> list[date]:
    return [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def _read_back_wrong(calendar: Any) -> list[str]:
    """The days on which `hours`, reading the new file, differs from the source."""
    from services.market_data.hours import session_of

    expected = {s.date(): (row["open"], row["close"]) for s, row in calendar.schedule.iterrows()}
    found = {day: (s.open, s.close) for day in _days() if (s := session_of(day))}
    return [str(day) for day in _days() if expected.get(day) != found.get(day)]


if __name__ == "__main__":
    sys.exit(main())
