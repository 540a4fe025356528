"""Events the summaries service announces: the day in figures and words."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.events.envelope import Count, Event, Instant, OpenEnum, Part, Percent, Polarity, Text, Ticker
from contracts.events.ingestion import PostId

SOURCE = "tickertape.summaries"


class TickerDay(Part):
    """One ticker's day. What nobody said or quoted is absent, never zero."""

    ticker: Ticker
    mentions: int = Field(ge=1)
    unique_authors: int = Field(ge=0)
    engagement: Count = Field(description="sum over posts of 0.7·ln(1+votes) + 0.3·ln(1+comments)")
    scored: int = Field(ge=0, description="mentions with a score")
    polarity_mean: Polarity | None = None
    polarity_stddev: Decimal | None = Field(None, ge=0, le=1, description="population standard deviation")
    polarity_min: Polarity | None = None
    polarity_max: Polarity | None = None
    mood: Annotated[str, OpenEnum("moon", "bullish", "neutral", "bearish", "doom", "unknown")]
    close: Decimal | None = Field(None, gt=0, max_digits=16)
    change_pct: Percent | None = None
    text: Text = Field(max_length=2000)
    sources: tuple[PostId, ...] = Field(max_length=10, description="the posts with most engagement")


class DailySummaryPublishedV1(Event, source=SOURCE, detail_type="DailySummaryPublished.v1", about=("date",)):
    """The summary of a day: most discussed tickers first."""

    date: date
    window_start: Instant
    window_end: Instant
    posts: int = Field(ge=0, description="posts seen in the window")
    headline: Text = Field(max_length=300)
    tickers: tuple[TickerDay, ...] = Field(max_length=100)
    written_by: Annotated[str, OpenEnum("template", "model")]
