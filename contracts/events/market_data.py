"""Events the market_data service announces: quotes and daily bars, each with who said so."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.events.envelope import Event, Instant, Money, Name, OpenEnum, Percent, Ticker

SOURCE = "tickertape.market_data"


class PriceUpdatedV1(Event, source=SOURCE, detail_type="PriceUpdated.v1", about=("ticker", "as_of")):
    """A quote was taken."""

    ticker: Ticker
    as_of: Instant
    price: Money
    previous_close: Money
    change_pct: Percent = Field(description="(price − previous close) ÷ previous close × 100, two places")
    session: Annotated[str, OpenEnum("pre", "regular", "post", "closed")]
    provider: Name
    feed: Name | None = Field(None, examples=["iex", "sip"])
    confirmed: bool = Field(description="false until a second look agreed")
    doubt: str | None = Field(None, max_length=200, description="why it is not confirmed")


class DailyBarClosedV1(Event, source=SOURCE, detail_type="DailyBarClosed.v1", about=("ticker", "date")):
    """A session's bar is final. Prices are split-adjusted dollars."""

    ticker: Ticker
    date: date
    open: Money
    high: Money
    low: Money
    close: Money
    adjusted_close: Money = Field(description="adjusted for splits and dividends as the provider has it")
    volume: Annotated[int, Field(ge=0)]
    previous_close: Money | None = Field(None, description="close of the session before; none for the first")
    change_pct: Decimal | None = Field(None, max_digits=12, description="against previous_close, two places")
    provider: Name
