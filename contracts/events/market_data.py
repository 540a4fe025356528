"""Events the market_data service announces: quotes and daily bars, each with who said so."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.events.envelope import Count, Event, Instant, Money, Name, OpenEnum, Part, Percent, Ticker

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
    feed: Name | None = Field(default=None, examples=["iex", "sip"])
    confirmed: bool = Field(description="false until a second look agreed")
    doubt: str | None = Field(default=None, max_length=200, description="why it is not confirmed")


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
    previous_close: Money | None = Field(
        default=None, description="close of the session before; none for the first"
    )
    change_pct: Decimal | None = Field(
        default=None, max_digits=12, description="against previous_close, two places"
    )
    provider: Name


class QuoteCorrectedV1(Event, source=SOURCE, detail_type="QuoteCorrected.v1", about=("ticker", "as_of")):
    """A quote told before was wrong; what was concluded from it is to be put right."""

    ticker: Ticker
    as_of: Instant = Field(description="the moment of the quote that is corrected")
    was: Money
    corrected: Money = Field(description="the price it should have said")
    previous_close: Money
    was_change_pct: Percent
    change_pct: Percent = Field(description="(corrected − previous close) ÷ previous close × 100, two places")
    why: str = Field(max_length=200)
    provider: Name = Field(description="who the correction is from")
    corrected_at: Instant


class RankedDrawdown(Part):
    """A ticker's fall from its peak, and its place among the others."""

    rank: int = Field(ge=1, description="1 has fallen furthest; equal falls are in order of ticker")
    ticker: Ticker
    close: Money
    peak: Money
    peak_date: date
    drawdown_pct: Annotated[Decimal, Field(ge=-100, le=0, max_digits=8)] = Field(
        description="(close − peak) ÷ peak × 100, two places"
    )
    sessions_since_peak: int = Field(ge=0)


class SetAside(Part):
    """A ticker that has no rank, and why."""

    ticker: Ticker
    why: Annotated[str, OpenEnum("no_bar", "too_few_bars", "suspect_split", "outlier")]


class DrawdownsRankedV1(Event, source=SOURCE, detail_type="DrawdownsRanked.v1", about=("universe", "date")):
    """How far each ticker of a universe has fallen from its peak, as of a session's close."""

    universe: Name = Field(examples=["tracked"])
    date: date
    sessions: int = Field(ge=1, description="length of the window in sessions, the day itself included")
    peak_of: Annotated[str, OpenEnum("close", "high")]
    ranked: int = Field(ge=0, description="tickers with a rank")
    set_aside: tuple[SetAside, ...] = Field(max_length=1200)
    top: tuple[RankedDrawdown, ...] = Field(max_length=20, description="the furthest fallen, by rank")
    table: str | None = Field(
        default=None, max_length=1024, description="where all ranks lie, an s3:// address"
    )


class CollectionAnomalyDetectedV1(
    Event, source=SOURCE, detail_type="CollectionAnomalyDetected.v1", about=("series", "minute")
):
    """A collection got far less, or far more, than such a moment usually brings."""

    series: Name = Field(description="what is counted", examples=["quotes"])
    minute: Instant
    expected: Count = Field(description="what was asked for, or the mean of such moments before")
    seen: int = Field(ge=0)
    why: Annotated[str, OpenEnum("silent", "unusual")]
    z_score: Decimal | None = Field(
        default=None,
        max_digits=9,
        description="(seen − mean) ÷ standard deviation of such moments; "
        "none when silent or when they never differed",
    )
