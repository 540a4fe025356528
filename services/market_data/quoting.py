"""Takes quotes on a schedule, and says how far each may be trusted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.market_data import PriceUpdatedV1
from services.market_data.asking import LATENESS, Note, Panel, Provider, Quote, Unavailable
from services.market_data.hours import state_at
from services.market_data.tracking import with_benchmark

LARGE_MOVE = Decimal(10)
"""Per cent from the previous close; from here on a single look is not believed."""

AGREEMENT = Decimal("0.01")
"""Two prices of the same moment agree when they differ by no more than this share."""

SAME_MOVE = Decimal("0.25")
"""A later price stands by an earlier one when it strayed by no more than this share of the move. Under a
half, so that a price that fell back to where it came from never confirms the spike."""


@dataclass(frozen=True)
class KeptQuote:
    """A quote as it was announced, and the tick it was taken for."""

    told: PriceUpdatedV1
    due_at: datetime


class Quotes(Protocol):
    def recent(self, ticker: str, until: datetime) -> list[KeptQuote]:
        """The newest few as of *until*, newest first."""
        ...

    def keep(self, kept: KeptQuote) -> bool:
        """False when a quote of that ticker and moment is kept already."""
        ...


def collect_quotes(
    due: Due,
    publish: Publish,
    *,
    tracked: Callable[[datetime], list[str]],
    providers: Sequence[Provider],
    quotes: Quotes,
    note: Note,
) -> None:
    """Asks for every tracked ticker and announces what is new.

    Safe to repeat: a tick tells the same again.
    """
    if state_at(due.due_at) == "closed":
        note("quotes.not_asked", extra={"reason": "closed", "due_at": str(due.due_at)})
        return
    panel = Panel(providers)
    count: Counter[str] = Counter()
    for ticker in with_benchmark(tracked(due.due_at)):
        found = _look(ticker, due.due_at, panel, quotes)
        if isinstance(found, KeptQuote):
            publish(found.told)
            count["announced"] += 1
        elif isinstance(found, Unavailable):
            note("quote.missed", extra={"ticker": ticker, "reason": found.reason, "detail": found.detail})
            count[found.reason] += 1
        else:
            count["unchanged"] += 1
    note("quotes.collected", extra=count)


def _look(ticker: str, at: datetime, panel: Panel, quotes: Quotes) -> KeptQuote | Unavailable | None:
    """The quote this tick has to tell, why there is none, or None when it is the one already told."""
    recent = quotes.recent(ticker, at + LATENESS)
    for kept in recent:
        if kept.due_at == at:  # the first try kept it, and may have died before announcing it
            return kept
    quote = panel.quote(ticker, at)
    if isinstance(quote, Unavailable):
        return quote
    earlier = next((kept.told for kept in recent if kept.told.as_of < quote.as_of), None)
    doubt = doubt_about(
        quote, earlier, lambda: panel.second_quote(ticker, quote.as_of, besides=quote.provider)
    )
    taken = KeptQuote(_told(quote, doubt), at)
    return taken if quotes.keep(taken) else None


def _told(quote: Quote, doubt: str | None) -> PriceUpdatedV1:
    return PriceUpdatedV1(
        ticker=quote.ticker,
        as_of=quote.as_of,
        price=quote.price,
        previous_close=quote.previous_close,
        change_pct=change_pct(quote.price, quote.previous_close),
        session=state_at(quote.as_of),
        provider=quote.provider,
        feed=quote.feed,
        confirmed=doubt is None,
        doubt=doubt,
    )


def doubt_about(
    quote: Quote, earlier: PriceUpdatedV1 | None, second: Callable[[], Quote | Unavailable]
) -> str | None:
    """Why a quote is not confirmed, none when it is.

    A small move needs no second look. A large one is confirmed by the quote before it, when both stand far
    from the same previous close, or by a second provider, asked only then.
    """
    change = change_pct(quote.price, quote.previous_close)
    if abs(change) < LARGE_MOVE or (earlier is not None and _stands_by(quote, earlier)):
        return None
    other = second()
    if isinstance(other, Unavailable):
        return f"{change:+} % against the previous close, seen once"
    if abs(other.price - quote.price) <= AGREEMENT * quote.price:
        return None
    return f"{change:+} % against the previous close, but {other.provider} says {other.price}"


def _stands_by(quote: Quote, earlier: PriceUpdatedV1) -> bool:
    if earlier.previous_close != quote.previous_close:
        return False  # of another day: it says nothing about this move
    move = abs(earlier.price - earlier.previous_close)
    strayed = abs(quote.price - earlier.price)
    return strayed <= max(SAME_MOVE * move, AGREEMENT * earlier.price)


def change_pct(price: Decimal, previous_close: Decimal) -> Decimal:
    """(price − previous close) ÷ previous close × 100, two places."""
    return ((price - previous_close) / previous_close * 100).quantize(Decimal("0.01"))
