"""Events the summaries service announces: the day in figures and words."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.events.envelope import (
    Count,
    Event,
    Instant,
    Name,
    OpenEnum,
    Part,
    Percent,
    Polarity,
    Share,
    Text,
    Ticker,
)
from contracts.events.ingestion import PostId

SOURCE = "tickertape.summaries"

Day = date
"""A calendar day; a field of that name may not say its own type."""


class TickerDay(Part):
    """One ticker's day. What nobody said or quoted is absent, never zero."""

    ticker: Ticker
    mentions: int = Field(ge=1)
    unique_authors: int = Field(ge=0)
    near_duplicate_share: Share | None = Field(
        default=None,
        description="share of posts that repeat another nearly word for word; none when not known",
    )
    engagement: Count = Field(description="sum over posts of 0.7·ln(1+votes) + 0.3·ln(1+comments)")
    scored: int = Field(ge=0, description="mentions with a score")
    polarity_mean: Polarity | None = None
    polarity_stddev: Decimal | None = Field(
        default=None, ge=0, le=1, description="population standard deviation"
    )
    polarity_min: Polarity | None = None
    polarity_max: Polarity | None = None
    mood: Annotated[str, OpenEnum("moon", "bullish", "neutral", "bearish", "doom", "unknown")]
    close: Decimal | None = Field(default=None, gt=0, max_digits=16)
    change_pct: Percent | None = None
    text: Text = Field(max_length=2000)
    sources: tuple[PostId, ...] = Field(max_length=10, description="the posts with most engagement")


class DailySummaryPublishedV1(Event, source=SOURCE, detail_type="DailySummaryPublished.v1", about=("date",)):
    """The summary of a day: most discussed tickers first."""

    date: date
    window_start: Instant
    window_end: Instant
    posts: int = Field(ge=0, description="posts seen in the window")
    coverage: Share | None = Field(
        default=None,
        description="share of the posts usual at such hours that collection saw; none when not known",
    )
    headline: Text = Field(max_length=300)
    tickers: tuple[TickerDay, ...] = Field(max_length=100)
    written_by: Annotated[str, OpenEnum("template", "model")]


class BriefingPreparedV1(
    Event, source=SOURCE, detail_type="BriefingPrepared.v1", about=("user_id", "cadence", "date")
):
    """A user's mail about what they watch is written and lies ready to be sent."""

    user_id: Name
    cadence: Annotated[str, OpenEnum("daily", "weekly")]
    date: Day = Field(description="the last day it tells of")
    subject_line: Text = Field(max_length=200)
    tickers: tuple[Ticker, ...] = Field(max_length=100, description="what it tells of, most discussed first")
    text_part: str = Field(max_length=1024, description="where the plain text lies, an s3:// address")
    html_part: str = Field(max_length=1024, description="where the HTML lies, an s3:// address")
