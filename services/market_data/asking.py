"""What providers are asked and answer about prices, and which answers are believed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from services.market_data.hours import last_closed_session, new_york_day

Reason = Literal["rate_limited", "unreachable", "not_yet", "closed", "delisted", "no_data", "no_credentials"]
"""Why there is no price. `delisted`: the provider knows no such ticker (any more). `not_yet`: our own budget
of requests is used up, or another worker is asking. `no_credentials`: none are kept, or they are refused."""

PASSING: frozenset[Reason] = frozenset({"rate_limited", "unreachable", "not_yet"})
"""What may be otherwise in minutes; says nothing about the ticker."""

LATENESS = timedelta(minutes=15)
"""A tick may be handled this long after it was due before live prices count as taken for another tick."""

_HIGHEST_PRICE, _HIGHEST_VOLUME = 10_000_000, 10**12  # over ten times the dearest share and the busiest day


@dataclass(frozen=True, slots=True)
class Quote:
    """A price in dollars that held at *as_of*, and the close of the session before that day."""

    ticker: str
    price: Decimal
    previous_close: Decimal
    as_of: datetime
    provider: str
    feed: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One session's trading: split-adjusted dollars, volume in shares."""

    ticker: str
    day: date
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    adjusted_close: Decimal
    volume: int
    provider: str
    feed: str | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """There is no answer, why, and where known how long to leave it. Never a price of zero."""

    reason: Reason
    detail: str
    rest: timedelta | None = None


Quotes = Mapping[str, Quote | Unavailable]
Histories = Mapping[str, list[Bar] | Unavailable]
Patience = Callable[[], timedelta]
"""How long the worker may still wait for its turn."""


class Provider(Protocol):
    """A ticker that is not in an answer is one the provider says nothing about."""

    @property
    def name(self) -> str: ...

    def quotes(self, tickers: Sequence[str], at: datetime, patience: Patience) -> Quotes:
        """The newest prices known at *at*."""
        ...

    def bars(
        self, tickers: Sequence[str], first_session: date, last_session: date, patience: Patience
    ) -> Histories:
        """What there is between two sessions, both included, in any order."""
        ...


class Note(Protocol):
    """Writes a line to the log: a dotted name, and its fields as *extra*."""

    def __call__(self, what: str, /, *, extra: Mapping[str, object]) -> None: ...


def quote_fault(quote: Quote, at: datetime) -> str | None:
    """Why a quote taken for *at* is not to be believed, none when nothing speaks against it."""
    for name, price in (("price", quote.price), ("previous close", quote.previous_close)):
        if not _is_price(price):
            return f"the {name} is {price}"
    if out_of_proportion(quote.price, quote.previous_close):
        return f"the price is {quote.price} after a close of {quote.previous_close}"
    if quote.as_of > at + LATENESS:
        return f"the price is of {quote.as_of}, later than {at}"
    if new_york_day(quote.as_of) < last_closed_session(at).day:
        return f"the price is of {quote.as_of}, before the last session"
    return None


def bar_fault(bar: Bar) -> str | None:
    """Why a bar is not to be believed, none when nothing speaks against it."""
    for name in ("open", "high", "low", "close", "adjusted_close"):
        if not _is_price(price := getattr(bar, name)):
            return f"{name} is {price}"
    if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
        return f"low {bar.low}, open {bar.open}, close {bar.close}, high {bar.high} are out of order"
    return None if 0 <= bar.volume < _HIGHEST_VOLUME else f"volume is {bar.volume}"


def out_of_proportion(price: Decimal, previous: Decimal) -> bool:
    """Whether the two cannot be a session apart: more than a thousand times, or less than a thousandth."""
    return not previous / 1000 <= price <= previous * 1000


def dollars(amount: Decimal) -> Decimal:
    """To six places, without trailing zeros; what is no finite number stays as it is."""
    if not amount.is_finite() or amount >= _HIGHEST_PRICE:
        return amount
    return Decimal(f"{amount:.6f}".rstrip("0").rstrip("."))


def _is_price(price: Decimal) -> bool:
    return price.is_finite() and 0 < price < _HIGHEST_PRICE
