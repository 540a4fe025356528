"""Polygon's HTTP API: snapshots of many tickers a request, daily bars of one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.market_data.asking import Bar, Histories, Quote, Quotes, Unavailable, dollars
from services.market_data.hours import new_york_day
from services.market_data.web import WHOLE_S, Credentials, Keys, Web, number, told_of

NAME = "polygon"
BASE = "https://api.polygon.io"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Polygon:
    """The feed of an answer is its status: `ok` is live, `delayed` a quarter of an hour old."""

    name = NAME
    quotes_at_once = 100

    def __init__(self, credentials: Credentials, base: str = BASE, whole_s: float = WHOLE_S) -> None:
        self._web = Web(NAME, base, credentials, _signed, whole_s)

    def bars_at_once(self, sessions: int) -> int:
        return 1

    def quotes(self, tickers: Sequence[str], at: datetime) -> Quotes | Unavailable:
        """The newest trade, whenever asked: refused by the caller where *at* is long past."""
        told = self._web.get(
            "v2", "snapshot", "locale", "us", "markets", "stocks", "tickers", tickers=",".join(tickers)
        )
        if isinstance(told, Unavailable):
            return told
        rows = {row.get("ticker"): row for row in _listed(told, "tickers")}
        known = [ticker for ticker in tickers if ticker in rows]
        return told_of(known, lambda t: _quote(t, rows[t], _feed(told)), NAME)

    def bars(self, tickers: Sequence[str], first: date, last: date) -> Histories | Unavailable:
        """Adjusted for splits alone, `adjusted_close` too; an answer that is not adjusted is none."""
        (ticker,) = tickers
        told = self._web.get(
            "v2", "aggs", "ticker", ticker, "range", "1", "day", str(first), str(last),
            about=ticker, adjusted="true", sort="asc", limit="50000",
        )  # fmt: skip
        if isinstance(told, Unavailable):
            return told if told.reason != "delisted" else {ticker: told}
        rows = _listed(told, "results")
        if rows and told.get("adjusted") is not True:
            return {ticker: Unavailable("no_data", f"{NAME}: prices of {ticker} are not adjusted for splits")}
        return told_of(tickers, lambda t: [_bar(t, row, _feed(told)) for row in rows], NAME)


def _signed(keys: Keys) -> dict[str, str]:
    return {"Authorization": f"Bearer {keys.get('key', '')}"}


def _listed(told: object, name: str) -> list[dict[str, Any]]:
    rows = told.get(name) if isinstance(told, dict) else None
    return [row for row in rows or () if isinstance(row, dict)]


def _feed(told: Mapping[str, Any]) -> str:
    return str(told.get("status", "unknown")).lower()


def _quote(ticker: str, row: Mapping[str, Any], feed: str) -> Quote | Unavailable:
    trade = row.get("lastTrade") or {}
    if not trade.get("t"):
        return Unavailable("no_data", f"{NAME} has no trade of {ticker}")
    as_of = _EPOCH + timedelta(microseconds=int(trade["t"]) // 1000)
    previous = number((row.get("prevDay") or {}).get("c"))
    return Quote(ticker, dollars(number(trade.get("p"))), dollars(previous), as_of, NAME, feed)


def _bar(ticker: str, row: Mapping[str, Any], feed: str) -> Bar:
    opened, high, low, close = (dollars(number(row.get(name))) for name in "ohlc")
    day = new_york_day(_EPOCH + timedelta(milliseconds=int(row["t"])))
    volume = number(row.get("v"))
    traded = int(volume) if volume.is_finite() else -1
    return Bar(ticker, day, opened, high, low, close, close, traded, NAME, feed)
