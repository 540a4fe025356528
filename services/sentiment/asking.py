"""What is asked about tickers and times, read from a body or a query; each refusal says what to send."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from services.sentiment.legacy import RequestRefused

MOST_TICKERS = 20
MOST_HOURS = 168
MOST_DAYS = 366

_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,5}(\.[A-Z]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(2000, 2100)

Asked = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Span:
    """Whole UTC days about a ticker, the last included."""

    ticker: str
    start: date
    end: date

    @property
    def name(self) -> str:
        """The same question has the same name: `AAPL_2025-01-01_2025-01-30`."""
        return f"{self.ticker}_{self.start}_{self.end}"

    @property
    def days(self) -> list[date]:
        return [self.start + timedelta(days=n) for n in range((self.end - self.start).days + 1)]


def asked_span(asked: Asked) -> Span:
    """Read {"ticker", "startDate", "endDate"}. Raises RequestRefused."""
    span = Span(asked_ticker(asked), _day(asked, "startDate"), _day(asked, "endDate"))
    if span.start > span.end:
        raise RequestRefused("startDate", f"send a day that is not after endDate, {span.end}")
    if len(span.days) > MOST_DAYS:
        raise RequestRefused("startDate", f"send at most {MOST_DAYS} days, not {len(span.days):,}")
    return span


def asked_ticker(asked: Asked) -> str:
    if "ticker" not in asked:
        raise RequestRefused("ticker", "send a symbol such as GME or BRK.B")
    return _symbol("ticker", asked["ticker"])


def asked_tickers(asked: Asked) -> tuple[str, ...]:
    """Symbols parted by commas, each once, in their order. Raises RequestRefused."""
    stated = asked.get("tickers")
    parts = [part for part in stated.split(",") if part.strip()] if isinstance(stated, str) else []
    if not 1 <= len(parts) <= MOST_TICKERS:
        raise RequestRefused(
            "tickers", f"send 1 to {MOST_TICKERS} symbols parted by commas, such as GME,BRK.B"
        )
    return tuple(dict.fromkeys(_symbol("tickers", part) for part in parts))


def asked_hours(asked: Asked) -> int:
    stated = str(asked.get("hours", "24"))
    if not (re.fullmatch(r"[0-9]{1,3}", stated) and 1 <= int(stated) <= MOST_HOURS):
        raise RequestRefused("hours", f"send a whole number from 1 to {MOST_HOURS}")
    return int(stated)


def asked_end(asked: Asked, now: datetime) -> datetime:
    """The moment up to which is counted: *now* unless said."""
    if "end" not in asked:
        return now
    try:
        moment = datetime.fromisoformat(str(asked["end"]))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
        raise RequestRefused("end", "send a moment with its zone, such as 2021-01-27T17:00:00Z")
    return moment.astimezone(UTC)


def asked_one_of(asked: Asked, name: str, choices: Sequence[str]) -> str:
    """The first choice unless said."""
    stated = asked.get(name, choices[0])
    if stated not in choices:
        raise RequestRefused(name, f"send one of {', '.join(choices)}")
    return str(stated)


def _symbol(field: str, stated: object) -> str:
    symbol = stated.strip().upper() if isinstance(stated, str) else ""
    if not _TICKER.fullmatch(symbol):
        raise RequestRefused(field, "send a symbol such as GME or BRK.B")
    return symbol


def _day(asked: Asked, field: str) -> date:
    stated = asked.get(field)
    try:
        day = date.fromisoformat(stated) if isinstance(stated, str) and _DAY.fullmatch(stated) else None
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise RequestRefused(field, f"send a day as YYYY-MM-DD, from {_YEARS[0]}-01-01 to {_YEARS[-1]}-12-31")
    return day
