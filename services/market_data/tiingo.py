"""Tiingo's HTTP API: the last sale on IEX for many tickers a request, daily bars for one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.market_data.asking import Bar, Histories, Quote, Quotes, Unavailable, dollars
from services.market_data.web import WHOLE_S, Credentials, Keys, Web, number, told_of

NAME = "tiingo"
BASE = "https://api.tiingo.com"
FEED = "iex"


class Tiingo:
    name = NAME
    quotes_at_once = 100

    def __init__(self, credentials: Credentials, base: str = BASE, whole_s: float = WHOLE_S) -> None:
        self._web = Web(NAME, base, credentials, _signed, whole_s)

    def bars_at_once(self, sessions: int) -> int:
        return 1

    def quotes(self, tickers: Sequence[str], at: datetime) -> Quotes | Unavailable:
        """The newest sale, whenever asked: refused by the caller where *at* is long past."""
        told = self._web.get("iex", tickers=",".join(map(_symbol, tickers)))
        if isinstance(told, Unavailable):
            return told
        rows = {str(row.get("ticker", "")).upper(): row for row in _rows(told)}
        known = [ticker for ticker in tickers if _symbol(ticker) in rows]
        return told_of(known, lambda t: _quote(t, rows[_symbol(t)]), NAME)

    def bars(self, tickers: Sequence[str], first: date, last: date) -> Histories | Unavailable:
        (ticker,) = tickers
        told = self._web.get(
            "tiingo",
            "daily",
            _symbol(ticker),
            "prices",
            about=ticker,
            startDate=str(first),
            endDate=str(last),
        )
        if isinstance(told, Unavailable):
            return told if told.reason != "delisted" else {ticker: told}
        rows = sorted(_rows(told), key=lambda row: str(row.get("date")))
        return told_of(tickers, lambda t: _split_adjusted(t, rows), NAME)


def _signed(keys: Keys) -> dict[str, str]:
    return {"Authorization": f"Token {keys.get('token', '')}"}


def _symbol(ticker: str) -> str:
    return ticker.replace(".", "-")


def _rows(told: object) -> list[dict[str, Any]]:
    return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []


def _quote(ticker: str, row: Mapping[str, Any]) -> Quote | Unavailable:
    sold_at = row.get("lastSaleTimestamp") or row.get("timestamp")
    price = row.get("last") if row.get("last") is not None else row.get("tngoLast")
    if not sold_at:
        return Unavailable("no_data", f"{NAME} does not say when {ticker} was last sold")
    as_of = datetime.fromisoformat(str(sold_at)).astimezone(UTC)
    return Quote(ticker, dollars(number(price)), dollars(number(row.get("prevClose"))), as_of, NAME, FEED)


def _split_adjusted(ticker: str, rows: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """Its own adjusted prices have dividends taken out too: the splits of later days are applied here."""
    found: list[Bar] = []
    factor = Decimal(1)
    for row in reversed(rows):
        found.append(_bar(ticker, row, factor))
        split = number(row.get("splitFactor", 1))
        factor *= split if split.is_finite() and split > 0 else Decimal(1)
    return found[::-1]


def _bar(ticker: str, row: Mapping[str, Any], factor: Decimal) -> Bar:
    opened, high, low, close = (
        dollars(number(row.get(name)) / factor) for name in ("open", "high", "low", "close")
    )
    volume = number(row.get("volume")) * factor
    return Bar(
        ticker=ticker,
        day=date.fromisoformat(str(row["date"])[:10]),
        open=opened,
        high=high,
        low=low,
        close=close,
        adjusted_close=dollars(number(row.get("adjClose"))),
        volume=int(volume) if volume.is_finite() else -1,
        provider=NAME,
    )
