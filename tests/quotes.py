"""An event that goes from v1 to v2, for tests alone: what was one field became two."""

from typing import Annotated

from pydantic import StringConstraints

from contracts.events.envelope import Event, Instant, Money, Name, Ticker

SOURCE = "tickertape.quotes"

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class QuoteSeenV1(Event, source=SOURCE, detail_type="QuoteSeen.v1", about=("quote_id",)):
    """A quote was seen."""

    quote_id: Name
    pair: str
    price: Money
    seen_at: Instant


class QuoteSeenV2(Event, source=SOURCE, detail_type="QuoteSeen.v2", about=("quote_id",)):
    """A quote was seen, in a currency of its own."""

    quote_id: Name
    ticker: Ticker
    currency: Currency
    price: Money
    seen_at: Instant
