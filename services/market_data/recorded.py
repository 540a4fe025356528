"""Recorded bars as a provider: a day of the past is quoted as it would have been then."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Protocol

from services.market_data.asking import Bar, Patience, Quote, Unavailable, dollars
from services.market_data.hours import new_york_day, sessions_back, state_at

NAME = "recorded"


class File(Protocol):
    def version(self) -> str | None: ...

    def lines(self) -> Iterable[str]: ...


class RecordedBars:
    """Reads `symbol,date,open,high,low,close,adjusted_close,volume` once, and again when the file changed."""

    name = NAME

    def __init__(self, file: File) -> None:
        self._file = file
        self._bars: dict[str, dict[date, Bar]] = {}
        self._version: str | None = None
        self._looked_for: object = None

    def quotes(
        self, tickers: Sequence[str], at: datetime, patience: Patience
    ) -> dict[str, Quote | Unavailable]:
        return {ticker: self.quote(ticker, at) for ticker in tickers}

    def quote(self, ticker: str, at: datetime) -> Quote | Unavailable:
        """During a session its open is all that is known, after it the close, before it the close before."""
        if state_at(at) == "closed":
            return Unavailable("closed", f"{NAME}: the market is closed at {at}")
        bars = self._of(ticker, at)
        before, today = sessions_back(new_york_day(at), 2)
        if at < today.open:
            before, today = sessions_back(before.day, 2)
        bar, last = bars.get(today.day), bars.get(before.day)
        if bar is None or last is None:
            return Unavailable("no_data", f"{NAME} has no bars of {ticker} for {before.day} and {today.day}")
        over = at >= today.close
        price, as_of = (bar.close, today.close) if over else (bar.open, today.open)
        return Quote(ticker, price, last.close, as_of, NAME)

    def bars(
        self, tickers: Sequence[str], first_session: date, last_session: date, patience: Patience
    ) -> dict[str, list[Bar] | Unavailable]:
        return {ticker: self._between(ticker, first_session, last_session) for ticker in tickers}

    def _between(self, ticker: str, first_session: date, last_session: date) -> list[Bar]:
        found = self._of(ticker, last_session)
        return [bar for day, bar in sorted(found.items()) if first_session <= day <= last_session]

    def _of(self, ticker: str, moment: object) -> dict[date, Bar]:
        if moment != self._looked_for or self._version is None:  # looked for once a tick, not once a ticker
            self._refresh()
            self._looked_for = moment
        return self._bars.get(ticker, {})

    def _refresh(self) -> None:
        version = self._file.version()
        if version != self._version:
            self._bars = _parsed(self._file.lines()) if version else {}
            self._version = version


def _parsed(lines: Iterable[str]) -> dict[str, dict[date, Bar]]:
    """Raises KeyError for a missing column, ValueError for a date that is none."""
    found: dict[str, dict[date, Bar]] = {}
    for row in csv.DictReader(lines):
        bar = _bar(row)
        found.setdefault(bar.ticker, {})[bar.day] = bar
    return found


def _bar(row: dict[str, str]) -> Bar:
    volume = _number(row["volume"])
    return Bar(
        ticker=row["symbol"],
        day=date.fromisoformat(row["date"]),
        open=_number(row["open"]),
        high=_number(row["high"]),
        low=_number(row["low"]),
        close=_number(row["close"]),
        adjusted_close=_number(row["adjusted_close"]),
        volume=int(volume) if volume.is_finite() and volume < 10**15 else -1,
        provider=NAME,
    )


def _number(cell: str) -> Decimal:
    """An unreadable cell is no number: its bar alone is refused, by the rule that refuses all such bars."""
    try:
        return dollars(Decimal(cell))
    except InvalidOperation:
        return Decimal("NaN")
