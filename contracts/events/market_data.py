"""Events the market_data service announces: quotes and daily bars, each with who said so."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.events.envelope import Count, Day, Event, Instant, Money, Name, Part, Percent, Ticker, Total
from contracts.events.open_lists import OpenEnum

SOURCE = "tickertape.market_data"

Provider = Annotated[Name, Field(description="who said so", examples=["alpaca"])]


class PriceUpdatedV1(Event, source=SOURCE, detail_type="PriceUpdated.v1", about=("ticker", "as_of")):
    """A quote was taken."""

    ticker: Ticker
    as_of: Instant = Field(description="moment of the price, UTC")
    price: Money
    previous_close: Money = Field(description="close of the session before, US dollars")
    change_pct: Percent = Field(description="(price − previous close) ÷ previous close × 100, two places")
    session: Annotated[str, OpenEnum("pre", "regular", "post", "closed")] = Field(
        description="part of the trading day"
    )
    provider: Provider
    feed: Name | None = Field(
        default=None, description="which of the provider's feeds", examples=["iex", "sip"]
    )
    confirmed: bool = Field(description="false until a second look agreed", examples=[True])
    doubt: str | None = Field(
        default=None,
        max_length=200,
        description="why it is not confirmed",
        examples=["moved 31 % since the last quote"],
    )


class DailyBarClosedV1(Event, source=SOURCE, detail_type="DailyBarClosed.v1", about=("ticker", "date")):
    """A session's bar is final. Prices are split-adjusted dollars."""

    ticker: Ticker
    date: Day = Field(description="the session's day")
    open: Money = Field(description="first price, US dollars")
    high: Money = Field(description="highest price, US dollars")
    low: Money = Field(description="lowest price, US dollars")
    close: Money = Field(description="last price, US dollars")
    adjusted_close: Money = Field(description="adjusted for splits and dividends as the provider has it")
    volume: Total = Field(description="shares traded")
    previous_close: Money | None = Field(
        default=None, description="close of the session before; none for the first"
    )
    change_pct: Decimal | None = Field(
        default=None, max_digits=12, description="against previous_close, two places", examples=["4.20"]
    )
    provider: Provider
    feed: Name | None = Field(
        default=None, description="which of the provider's feeds", examples=["iex", "sip"]
    )


class QuoteCorrectedV1(Event, source=SOURCE, detail_type="QuoteCorrected.v1", about=("ticker", "as_of")):
    """A quote told before was wrong; what was concluded from it is to be put right."""

    ticker: Ticker
    as_of: Instant = Field(description="the moment of the quote that is corrected")
    was: Money = Field(description="the price it said, US dollars")
    corrected: Money = Field(description="the price it should have said")
    previous_close: Money = Field(description="close of the session before, US dollars")
    was_change_pct: Percent = Field(description="the change it said, per cent")
    change_pct: Percent = Field(description="(corrected − previous close) ÷ previous close × 100, two places")
    why: str = Field(
        max_length=200, description="how it was found out", examples=["the consolidated feed differs"]
    )
    provider: Provider = Field(description="who the correction is from")
    corrected_at: Instant = Field(description="when it was found out, UTC")


class RankedDrawdown(Part):
    """A ticker's fall from its peak, and its place among the others."""

    rank: int = Field(
        ge=1, description="1 has fallen furthest; equal falls are in order of ticker", examples=[1]
    )
    ticker: Ticker
    close: Money = Field(description="the day's close, US dollars")
    peak: Money = Field(description="highest price of the window, US dollars")
    peak_date: Day = Field(description="the day it stood there")
    drawdown_pct: Annotated[Decimal, Field(ge=-100, le=0, max_digits=8)] = Field(
        description="(close − peak) ÷ peak × 100, two places", examples=["-84.60"]
    )
    sessions_since_peak: Total = Field(description="sessions since peak_date")


class SetAside(Part):
    """A ticker that has no rank, and why."""

    ticker: Ticker
    why: Annotated[str, OpenEnum("no_bar", "too_few_bars", "suspect_split", "outlier")] = Field(
        description="what its bars lack"
    )


class DrawdownsRankedV1(Event, source=SOURCE, detail_type="DrawdownsRanked.v1", about=("universe", "date")):
    """How far each ticker of a universe has fallen from its peak, as of a session's close."""

    universe: Name = Field(description="the tickers compared, by their list", examples=["tracked"])
    date: Day = Field(description="the day of the close")
    sessions: int = Field(
        ge=1, description="length of the window in sessions, the day itself included", examples=[180]
    )
    peak_of: Annotated[str, OpenEnum("close", "high")] = Field(description="which price the peak is of")
    ranked: Total = Field(description="tickers with a rank")
    set_aside: tuple[SetAside, ...] = Field(
        max_length=1200,
        description="tickers without a rank",
        examples=[[{"ticker": "BRK.B", "why": "too_few_bars"}]],
    )
    top: tuple[RankedDrawdown, ...] = Field(
        max_length=20,
        description="the furthest fallen, by rank",
        examples=[
            [
                {
                    "rank": 1,
                    "ticker": "GME",
                    "close": "53.50",
                    "peak": "347.51",
                    "peak_date": "2021-01-27",
                    "drawdown_pct": "-84.60",
                    "sessions_since_peak": 6,
                }
            ]
        ],
    )
    table: str | None = Field(
        default=None,
        max_length=1024,
        description="where all ranks lie, an s3:// address",
        examples=["s3://bucket/drawdowns/ranks.csv"],
    )


class CollectionAnomalyDetectedV1(
    Event, source=SOURCE, detail_type="CollectionAnomalyDetected.v1", about=("series", "minute")
):
    """A collection got far less, or far more, than such a moment usually brings."""

    series: Name = Field(description="what is counted", examples=["quotes"])
    minute: Instant = Field(description="the moment that was looked at, UTC")
    expected: Count = Field(description="what was asked for, or the mean of such moments before")
    seen: Total = Field(description="what came")
    why: Annotated[str, OpenEnum("silent", "unusual")] = Field(
        description="nothing came, or far from the mean"
    )
    z_score: Decimal | None = Field(
        default=None,
        max_digits=9,
        examples=["-4.1"],
        description="(seen − mean) ÷ standard deviation of such moments; "
        "none when silent or when they never differed",
    )
