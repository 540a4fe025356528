"""Hand-written stand-ins for the ports of market_data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.events.arrivals import Due
from contracts.events.envelope import announce
from contracts.events.market_data import DrawdownsRankedV1
from services.market_data.asking import Bar, Patience, Quote, Unavailable
from services.market_data.closing import KeptBar
from services.market_data.keeping import KeptCorrection, KeptQuote
from services.market_data.reporting import Part, Run
from services.market_data.sharing import Sharing
from services.market_data.watching import KeptAnomaly
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

    prices: Mapping[str, Quote | Unavailable] = field(default_factory=dict)
    days: Mapping[str, Sequence[Bar] | Unavailable] = field(default_factory=dict)
    name: str = "recorded"
    asked: list[str] = field(default_factory=list)

    def quotes(
        self, tickers: Sequence[str], at: datetime, patience: Patience
    ) -> dict[str, Quote | Unavailable]:
        self.asked += tickers
        unknown = Unavailable("no_data", f"{self.name}: unknown")
        return {ticker: self.prices.get(ticker, unknown) for ticker in tickers}

    def bars(
        self, tickers: Sequence[str], first_session: date, last_session: date, patience: Patience
    ) -> dict[str, list[Bar] | Unavailable]:
        self.asked += [f"{ticker} {first_session} {last_session}" for ticker in tickers]
        return {ticker: self._between(ticker, first_session, last_session) for ticker in tickers}

    def _between(self, ticker: str, first_session: date, last_session: date) -> list[Bar] | Unavailable:
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

    def between(self, ticker: str, first: datetime, last: datetime) -> list[KeptQuote]:
        return [
            q for (name, as_of), q in sorted(self.kept.items()) if name == ticker and first <= as_of <= last
        ]

    def correct(self, correction: KeptCorrection) -> KeptCorrection:
        key = (correction.told.ticker, correction.told.as_of)
        standing = self.kept[key].correction or correction
        self.kept[key] = replace(self.kept[key], correction=standing)
        return standing


@dataclass
class BarsInMemory:
    kept: dict[tuple[str, date], KeptBar] = field(default_factory=dict)

    def between(self, ticker: str, first: date, last: date) -> list[KeptBar]:
        return [b for (name, day), b in sorted(self.kept.items()) if name == ticker and first <= day <= last]

    def keep(self, bars: Sequence[KeptBar]) -> None:
        self.kept.update({(bar.told.ticker, bar.told.date): bar for bar in bars})


def three_seconds() -> Callable[[], Decimal]:
    return lambda: Decimal("3.000")


@dataclass
class Notes:
    lines: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def __call__(self, what: str, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append((what, dict(extra)))

    def about(self, what: str) -> list[dict[str, object]]:
        return [fields for line, fields in self.lines if line == what]


@dataclass
class Shared:
    """A tick's sharing with what it sent again, what was measured and how the runs stand."""

    tracked: Sequence[str] = ("GME",)
    series: str = "quotes"
    rounds: int = 2
    sent: list[tuple[Due, timedelta]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    runs: "RunsInMemory" = field(default_factory=lambda: RunsInMemory())
    notes: Notes = field(default_factory=Notes)

    def out(self) -> Sharing:
        return Sharing(
            self.series,
            wanted=lambda _: self.tracked,
            again=lambda due, delay: self.sent.append((due, delay)),
            runs=self.runs,
            gauge=self.parts.append,
            rounds=self.rounds,
            note=self.notes,
        )


@dataclass
class RankingsInMemory:
    kept: dict[tuple[str, date, datetime], DrawdownsRankedV1] = field(default_factory=dict)

    def told(self, universe: str, day: date, due_at: datetime) -> DrawdownsRankedV1 | None:
        return self.kept.get((universe, day, due_at))

    def keep(self, told: DrawdownsRankedV1, due_at: datetime) -> DrawdownsRankedV1:
        return self.kept.setdefault((told.universe, told.date, due_at), told)


@dataclass
class RunsInMemory:
    """Counts how often it is asked."""

    asked_for: dict[tuple[str, datetime], int] = field(default_factory=dict)
    got: dict[tuple[str, datetime], set[str]] = field(default_factory=dict)
    missed: dict[tuple[str, datetime], dict[str, str]] = field(default_factory=dict)
    anomalies: dict[tuple[str, str], KeptAnomaly] = field(default_factory=dict)
    asked: int = 0

    def begin(self, series: str, due_at: datetime, asked: int) -> None:
        self.asked_for.setdefault((series, due_at), asked)

    def add(self, part: Part) -> Run:
        key = (part.series, part.due_at)
        self.got.setdefault(key, set()).update(part.got)
        self.missed.setdefault(key, {}).update(part.missed)
        return self._run(key)

    def between(self, series: str, first: datetime, last: datetime) -> list[Run]:
        self.asked += 1
        return [
            self._run(key) for key in sorted(self.asked_for) if key[0] == series and first <= key[1] <= last
        ]

    def last_success(self, series: str, until: datetime) -> datetime | None:
        self.asked += 1
        found = [at for (name, at), got in self.got.items() if name == series and at <= until and got]
        return max(found, default=None)

    def _run(self, key: tuple[str, datetime]) -> Run:
        got, missed = self.got.get(key, set()), self.missed.get(key, {})
        left = {ticker: reason for ticker, reason in missed.items() if ticker not in got}
        return Run(*key, self.asked_for.get(key, 0), len(got), left)

    def keep_anomaly(self, key: str, found: KeptAnomaly) -> KeptAnomaly:
        self.asked += 1
        return self.anomalies.setdefault((found.told.series, key), found)
