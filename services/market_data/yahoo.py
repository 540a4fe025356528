"""Yahoo Finance, through yfinance. Costly to import: only where the settings name it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import yfinance
from yfinance import cache
from yfinance.exceptions import YFPricesMissingError, YFRateLimitError

from services.market_data.asking import Bar, Quote, Reason, Unavailable, dollars
from services.market_data.hours import NEW_YORK, new_york_day, sessions_back

NAME = "yahoo"
TIMEOUT_S = 5


class Yahoo:
    """Asks one ticker at a time by `Ticker.history`: `yfinance.download` hides that it was rate limited.

    *session* is a curl_cffi session; None lets yfinance make its own.
    """

    name = NAME

    def __init__(self, session: Any = None) -> None:
        self._session = session
        yfinance.set_tz_cache_location(str(Path(gettempdir(), "yfinance")))
        yfinance.config.debug.hide_exceptions = False

    def quote(self, ticker: str, at: datetime) -> Quote | Unavailable:
        """The newest trade, whenever asked: refused by the caller where *at* is long past."""
        found = self._history(ticker, period="5d")
        if isinstance(found, Unavailable):
            return found
        rows, about = found
        traded_at = about.get("regularMarketTime")
        if traded_at is None:
            return Unavailable("no_data", f"{NAME} does not say when {ticker} was last traded")
        as_of = traded_at.to_pydatetime().astimezone(UTC)
        before, today = (session.day for session in sessions_back(new_york_day(as_of), 2))
        closes = {moment.date(): _price(row.Close) for moment, row in rows.iterrows()}
        if today not in closes or before not in closes:
            return Unavailable("no_data", f"{NAME} has no prices of {ticker} for {before} and {today}")
        return Quote(ticker, closes[today], closes[before], as_of, NAME)

    def bars(self, ticker: str, first_session: date, last_session: date) -> list[Bar] | Unavailable:
        after = last_session + timedelta(days=1)
        found = self._history(ticker, start=first_session.isoformat(), end=after.isoformat())
        if isinstance(found, Unavailable):
            return found
        return [_bar(ticker, moment.date(), row) for moment, row in found[0].iterrows()]

    def _history(self, ticker: str, **span: str) -> tuple[Any, dict[str, Any]] | Unavailable:
        symbol = ticker.replace(".", "-")
        # Known beforehand, it saves yfinance a request a ticker, and a delisted one a guess.
        cache.get_tz_cache().store(symbol, NEW_YORK.key)
        source = yfinance.Ticker(symbol, session=self._session)
        try:
            rows = source.history(interval="1d", auto_adjust=False, actions=False, timeout=TIMEOUT_S, **span)
            about = source.history_metadata
        except YFRateLimitError:
            return Unavailable("rate_limited", f"{NAME} allows no more requests for now")
        except YFPricesMissingError as error:
            return _missing(error)
        except Exception as error:  # an answer yfinance does not expect ends in whatever pandas makes of it
            return _failed(error)
        if rows.empty:
            return Unavailable("no_data", f"{NAME} has no prices of {ticker}")
        return rows, about


def _missing(error: YFPricesMissingError) -> Unavailable:
    """Yahoo says in words alone whether it has nothing for these days or knows no such symbol (any more)."""
    said = error.yahoo_reason or error.rationale
    reason: Reason = "delisted" if "delisted" in (error.yahoo_reason or "") else "no_data"
    return Unavailable(reason, f"{NAME}: {said}")


def _failed(error: Exception) -> Unavailable:
    # curl_cffi's transport errors are OSErrors, and so is its complaint about a body that is no JSON.
    reached = isinstance(error, ValueError) or not isinstance(error, OSError)
    return Unavailable(
        "no_data" if reached else "unreachable", f"{NAME}: {type(error).__name__}: {str(error)[:200]}"
    )


def _bar(ticker: str, day: date, row: Any) -> Bar:
    return Bar(
        ticker=ticker,
        day=day,
        open=_price(row.Open),
        high=_price(row.High),
        low=_price(row.Low),
        close=_price(row.Close),
        adjusted_close=_price(row["Adj Close"]),
        volume=int(row.Volume),
        provider=NAME,
    )


def _price(price: float) -> Decimal:
    """Four places: beyond them a float's digits are noise. NaN stays NaN, for the rules to refuse."""
    return dollars(Decimal(f"{price:.4f}"))
