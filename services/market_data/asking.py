"""What providers answer about prices, which answers are believed, and who is asked next."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from services.market_data.hours import last_closed_session, new_york_day

Reason = Literal["rate_limited", "unreachable", "closed", "delisted", "no_data"]
"""Why there is no price."""

LATENESS = timedelta(minutes=15)
"""A tick may be handled this long after it was due before live prices count as taken for another tick."""

# Which reason is told when no provider had an answer: a ticker unknown to one may well live on where another
# would not let us look, so what says least about the ticker comes first.
_TELLING: tuple[Reason, ...] = ("rate_limited", "unreachable", "closed", "delisted", "no_data")
_RESTS_AFTER: tuple[Reason, ...] = ("rate_limited", "unreachable")

_HIGHEST_PRICE, _HIGHEST_VOLUME = 10_000_000, 10**12  # over ten times the dearest share and the busiest day

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Unavailable:
    """There is no answer, and why. Never a price of zero."""

    reason: Reason
    detail: str


class Provider(Protocol):
    @property
    def name(self) -> str: ...

    def quote(self, ticker: str, at: datetime) -> Quote | Unavailable:
        """The newest price known at *at*."""
        ...

    def bars(self, ticker: str, first_session: date, last_session: date) -> list[Bar] | Unavailable:
        """What there is between two sessions, both included, in any order."""
        ...


class Note(Protocol):
    """Writes a line to the log: a dotted name, and its fields as *extra*."""

    def __call__(self, what: str, /, *, extra: Mapping[str, object]) -> None: ...


class Panel:
    """Providers in the order they are asked, for the length of one tick.

    One that limits us or cannot be reached is left in peace until the next tick: asking on for every further
    ticker prolongs a ban, or waits out a time-out each.
    """

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._providers = providers
        self._resting: dict[str, Unavailable] = {}

    def quote(self, ticker: str, at: datetime) -> Quote | Unavailable:
        return _first(self._quotes(self._providers, ticker, at))

    def second_quote(self, ticker: str, at: datetime, *, besides: str) -> Quote | Unavailable:
        """What another provider than *besides* says."""
        others = [provider for provider in self._providers if provider.name != besides]
        return _first(self._quotes(others, ticker, at))

    def bars(self, ticker: str, first_session: date, last_session: date) -> list[Bar] | Unavailable:
        return _first(
            self._ask(provider, lambda p: p.bars(ticker, first_session, last_session) or _none_between(p))
            for provider in self._providers
        )

    def _quotes(
        self, providers: Sequence[Provider], ticker: str, at: datetime
    ) -> Iterator[Quote | Unavailable]:
        for provider in providers:
            answer = self._ask(provider, lambda p: p.quote(ticker, at))
            if isinstance(answer, Quote) and (fault := quote_fault(answer, at)):
                yield Unavailable("no_data", f"{provider.name}: {fault}")
            else:
                yield answer

    def _ask(self, provider: Provider, ask: Callable[[Provider], T | Unavailable]) -> T | Unavailable:
        if resting := self._resting.get(provider.name):
            return resting
        answer = ask(provider)
        if isinstance(answer, Unavailable) and answer.reason in _RESTS_AFTER:
            self._resting[provider.name] = answer
        return answer


def _none_between(provider: Provider) -> Unavailable:
    return Unavailable("no_data", f"{provider.name} has no bars for these sessions")


def _first(answers: Iterator[T | Unavailable]) -> T | Unavailable:
    """The first real answer, else the most telling refusal with what everyone said."""
    misses: list[Unavailable] = []
    for answer in answers:
        if not isinstance(answer, Unavailable):
            return answer
        misses.append(answer)
    if not misses:
        return Unavailable("no_data", "no provider to ask")
    reason = min((miss.reason for miss in misses), key=_TELLING.index)
    return Unavailable(reason, "; ".join(miss.detail for miss in misses))


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
