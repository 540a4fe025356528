"""Alpaca's market data by its HTTP API: many tickers a request, each answer of a feed that is named.

Its own client hides what we have to keep: it retries a 429 by itself, fetches page after page uncounted and
waits without end for an answer.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.market_data.asking import Bar, Histories, Quote, Quotes, Unavailable, dollars
from services.market_data.hours import new_york_day, session_of, sessions_back
from services.market_data.web import WHOLE_S, Credentials, Keys, Web, number, told_of

NAME = "alpaca"
BASE = "https://data.alpaca.markets"

WHOLE_TAPE = "sip"
"""Bars are asked for when their session has been over for a quarter of an hour, which makes it free."""

_A_PAGE = 10_000


class Alpaca:
    """*feed* is the one quotes are of: `iex`, a fortieth of all trading, is free; `sip` is not."""

    name = NAME
    quotes_at_once = 100

    def __init__(
        self, credentials: Credentials, feed: str, base: str = BASE, whole_s: float = WHOLE_S
    ) -> None:
        self._web = Web(NAME, base, credentials, _signed, whole_s)
        self._feed = feed

    def bars_at_once(self, sessions: int) -> int:
        return max(1, min(100, _A_PAGE // sessions))

    def quotes(self, tickers: Sequence[str], at: datetime) -> Quotes | Unavailable:
        """The newest trade, whenever asked: refused by the caller where *at* is long past."""
        told = self._web.get("v2", "stocks", "snapshots", symbols=",".join(tickers), feed=self._feed)
        if isinstance(told, Unavailable):
            return told
        snapshots = told.get("snapshots", told) if isinstance(told, dict) else {}
        known = [ticker for ticker in tickers if snapshots.get(ticker)]
        return told_of(known, lambda t: _quote(t, snapshots[t], self._feed), NAME)

    def bars(self, tickers: Sequence[str], first: date, last: date) -> Histories | Unavailable:
        """Adjusted for splits alone, `adjusted_close` too."""
        session = session_of(last)
        if session is None:
            return Unavailable("no_data", f"{last} is no session")
        told = self._web.get(
            "v2", "stocks", "bars",
            symbols=",".join(tickers), timeframe="1Day", start=first.isoformat(),
            end=session.close.isoformat(), adjustment="split", feed=WHOLE_TAPE, currency="USD",
            limit=str(_A_PAGE),
        )  # fmt: skip
        if isinstance(told, Unavailable):
            return told
        if not isinstance(told, dict) or told.get("currency", "USD") != "USD":
            return Unavailable("no_data", f"{NAME} does not answer in US dollars")
        rows = told.get("bars") or {}
        known = [ticker for ticker in tickers if rows.get(ticker)]
        return told_of(known, lambda t: [_bar(t, row) for row in rows[t]], NAME)


def _signed(keys: Keys) -> dict[str, str]:
    return {"APCA-API-KEY-ID": keys.get("key_id", ""), "APCA-API-SECRET-KEY": keys.get("secret_key", "")}


def _quote(ticker: str, told: Mapping[str, Any], feed: str) -> Quote | Unavailable:
    trade, bars = told.get("latestTrade") or {}, (told.get("dailyBar"), told.get("prevDailyBar"))
    closes = {_day(bar): number(bar.get("c")) for bar in bars if bar}
    if "t" not in trade:
        return Unavailable("no_data", f"{NAME} has no trade of {ticker}")
    as_of = datetime.fromisoformat(trade["t"]).astimezone(UTC)
    day = new_york_day(as_of)
    before = sessions_back(day, 2)[-2 if session_of(day) else -1].day
    if before not in closes:
        return Unavailable("no_data", f"{NAME} has no close of {ticker} for {before}")
    return Quote(ticker, _price(trade.get("p")), dollars(closes[before]), as_of, NAME, feed)


def _bar(ticker: str, row: Mapping[str, Any]) -> Bar:
    opened, high, low, close = (_price(row.get(name)) for name in "ohlc")
    volume = number(row.get("v"))
    traded = int(volume) if volume.is_finite() else -1
    return Bar(ticker, _day(row), opened, high, low, close, close, traded, NAME, WHOLE_TAPE)


def _day(row: Mapping[str, Any]) -> date:
    return new_york_day(datetime.fromisoformat(row["t"]))


def _price(value: object) -> Decimal:
    return dollars(number(value))
