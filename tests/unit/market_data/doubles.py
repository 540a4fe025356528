"""Hand-written stand-ins for the ports of market_data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from contracts.events.arrivals import Due
from contracts.events.envelope import announce
from services.market_data.asking import Bar, Quote, Unavailable
from services.market_data.closing import KeptBar
from services.market_data.quoting import KeptQuote
from tests.builders import NOON, Said


def a_due(at: datetime = NOON) -> Due:
    return Due(schedule="tickertape-market_data-quotes-due", due_at=at)


def said_by(due: Due) -> Said:
    return Said(announce(due, key=f"aws.scheduler/{due.subject}", at=due.due_at))


def a_price(**changes: Any) -> Quote:
    given: dict[str, Any] = {
        "ticker": "GME",
        "price": Decimal("150"),
        "previous_close": Decimal("147.98"),
        "as_of": NOON,
        "provider": "recorded",
    }
    return Quote(**given | changes)


def a_day(day: date = date(2021, 1, 27), **changes: Any) -> Bar:
    given: dict[str, Any] = {
        "ticker": "GME",
        "day": day,
        "open": Decimal("354.83"),
        "high": Decimal("380"),
        "low": Decimal("249"),
        "close": Decimal("347.51"),
        "adjusted_close": Decimal("347.51"),
        "volume": 93396700,
        "provider": "recorded",
    }
    return Bar(**given | changes)


@dataclass
class Fixed:
    """A provider with set answers; counts what it is asked. A ticker it has no answer for is `no_data`."""

    quotes: Mapping[str, Quote | Unavailable] = field(default_factory=dict)
    days: Mapping[str, Sequence[Bar] | Unavailable] = field(default_factory=dict)
    name: str = "recorded"
    asked: list[str] = field(default_factory=list)

    def quote(self, ticker: str, at: datetime) -> Quote | Unavailable:
        self.asked.append(ticker)
        return self.quotes.get(ticker, Unavailable("no_data", f"{self.name}: unknown"))

    def bars(self, ticker: str, first_session: date, last_session: date) -> list[Bar] | Unavailable:
        self.asked.append(f"{ticker} {first_session} {last_session}")
        found = self.days.get(ticker, ())
        if isinstance(found, Unavailable):
            return found
        return [bar for bar in found if first_session <= bar.day <= last_session]


@dataclass
class QuotesInMemory:
    kept: dict[tuple[str, datetime], KeptQuote] = field(default_factory=dict)

    def recent(self, ticker: str, until: datetime) -> list[KeptQuote]:
        found = [q for (name, as_of), q in self.kept.items() if name == ticker and as_of <= until]
        return sorted(found, key=lambda q: q.told.as_of, reverse=True)[:8]

    def keep(self, kept: KeptQuote) -> bool:
        key = (kept.told.ticker, kept.told.as_of)
        return self.kept.setdefault(key, kept) is kept


@dataclass
class BarsInMemory:
    kept: dict[tuple[str, date], KeptBar] = field(default_factory=dict)

    def between(self, ticker: str, first: date, last: date) -> list[KeptBar]:
        return [b for (name, day), b in sorted(self.kept.items()) if name == ticker and first <= day <= last]

    def keep(self, bars: Sequence[KeptBar]) -> None:
        self.kept.update({(bar.told.ticker, bar.told.date): bar for bar in bars})


@dataclass
class Notes:
    lines: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def __call__(self, what: str, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append((what, dict(extra)))

    def about(self, what: str) -> list[dict[str, object]]:
        return [fields for line, fields in self.lines if line == what]
