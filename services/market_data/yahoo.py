"""Yahoo Finance, through yfinance. Costly to import: only where the settings name it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from json import JSONDecodeError
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeGuard

import yfinance
from curl_cffi.requests import Session
from yfinance import cache
from yfinance.exceptions import YFPricesMissingError, YFRateLimitError

from services.market_data.asking import PASSING, Bar, Quote, Reason, Unavailable, dollars
from services.market_data.hours import NEW_YORK, new_york_day, sessions_back

NAME = "yahoo"
TIMEOUT_S = 5


class Attentive(Session):  # type: ignore[type-arg]
    """Remembers how long the last answer asked to be left alone: yfinance tells only that it was refused."""

    retry_after: str | None = None

    def request(self, *args: Any, **kwargs: Any) -> Any:
        response = super().request(*args, **kwargs)
        self.retry_after = response.headers.get("Retry-After")
        return response


class Yahoo:
    """Asks one ticker at a time by `Ticker.history`: `yfinance.download` hides that it was rate limited."""

    name = NAME
    quotes_at_once = 1

    def __init__(self, session: Attentive, timeout_s: float = TIMEOUT_S) -> None:
        self._session, self._timeout_s = session, timeout_s
        yfinance.set_tz_cache_location(str(Path(gettempdir(), "yfinance")))
        yfinance.config.debug.hide_exceptions = False

    def bars_at_once(self, sessions: int) -> int:
        return 1

    def quotes(self, tickers: Sequence[str], at: datetime) -> dict[str, Quote | Unavailable] | Unavailable:
        (ticker,) = tickers
        answer = self._quote(ticker)
        return answer if _is_of_all(answer) else {ticker: answer}

    def bars(
        self, tickers: Sequence[str], first: date, last: date
    ) -> dict[str, list[Bar] | Unavailable] | Unavailable:
        (ticker,) = tickers
        after = last + timedelta(days=1)
        found = self._history(ticker, start=first.isoformat(), end=after.isoformat())
        if isinstance(found, Unavailable):
            return found if _is_of_all(found) else {ticker: found}
        return {ticker: [_bar(ticker, moment.date(), row) for moment, row in found[0].iterrows()]}

    def _quote(self, ticker: str) -> Quote | Unavailable:
        """The newest trade, whenever asked: refused by the caller where the tick is long past."""
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

    def _history(self, ticker: str, **span: str) -> tuple[Any, dict[str, Any]] | Unavailable:
        symbol = ticker.replace(".", "-")
        # Known beforehand, it saves yfinance a request a ticker, and a delisted one a guess.
        cache.get_tz_cache().store(symbol, NEW_YORK.key)
        source = yfinance.Ticker(symbol, session=self._session)
        try:
            rows = source.history(
                interval="1d", auto_adjust=False, actions=False, timeout=self._timeout_s, **span
            )
            about = source.history_metadata
        except YFRateLimitError:
            return Unavailable("rate_limited", f"{NAME} allows no more requests for now", self._rest())
        except YFPricesMissingError as error:
            return _missing(error)
        except Exception as error:  # an answer yfinance does not expect ends in whatever pandas makes of it
            return _failed(error)
        if rows.empty:
            return Unavailable("no_data", f"{NAME} has no prices of {ticker}")
        if (currency := about.get("currency", "USD")) != "USD":
            return Unavailable("no_data", f"{NAME} tells {ticker} in {currency}, not in US dollars")
        return rows, about

    def _rest(self) -> timedelta | None:
        asked = self._session.retry_after or ""
        return timedelta(seconds=int(asked)) if asked.isdecimal() else None


def _is_of_all(answer: object) -> TypeGuard[Unavailable]:
    return isinstance(answer, Unavailable) and answer.reason in PASSING


def _missing(error: YFPricesMissingError) -> Unavailable:
    """Yahoo says in words alone whether it has nothing for these days or knows no such symbol (any more)."""
    said = error.yahoo_reason or error.rationale
    reason: Reason = "delisted" if "delisted" in (error.yahoo_reason or "") else "no_data"
    return Unavailable(reason, f"{NAME}: {said}")


def _failed(error: Exception) -> Unavailable:
    # curl_cffi's transport errors are OSErrors, and so is its complaint about a body that is no JSON.
    down = isinstance(error, OSError | JSONDecodeError) or "CURRENTLY DOWN" in str(error)
    said = f"{NAME}: {type(error).__name__}: {str(error)[:200]}"
    return Unavailable("unreachable" if down else "no_data", said)


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
