"""Events the summaries service announces: the day in figures and words."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.events.envelope import (
    Count,
    Day,
    Event,
    Instant,
    Money,
    Name,
    Part,
    Percent,
    Polarity,
    Share,
    Text,
    Ticker,
    Total,
    UserId,
)
from contracts.events.ingestion import PostId
from contracts.events.open_lists import OpenEnum

SOURCE = "tickertape.summaries"


class TickerDay(Part):
    """One ticker's day. What nobody said or quoted is absent, never zero."""

    ticker: Ticker
    mentions: int = Field(ge=1, description="posts about the ticker, each counted once", examples=[120])
    unique_authors: Total = Field(description="different authors among them")
    near_duplicate_share: Share | None = Field(
        default=None,
        description="share of posts that repeat another nearly word for word; none when not known",
    )
    engagement: Count = Field(description="sum over posts of 0.7·ln(1+votes) + 0.3·ln(1+comments)")
    scored: Total = Field(description="mentions with a score")
    polarity_mean: Polarity | None = Field(
        default=None, description="mean without fallback scores; none when there are no others"
    )
    polarity_stddev: Decimal | None = Field(
        default=None, ge=0, le=1, description="population standard deviation", examples=["0.3"]
    )
    polarity_min: Polarity | None = Field(default=None, description="lowest score of the day, −1…1")
    polarity_max: Polarity | None = Field(default=None, description="highest score of the day, −1…1")
    mood: Annotated[str, OpenEnum("moon", "bullish", "neutral", "bearish", "doom", "unknown")] = Field(
        description="the mean in a word; unknown without one"
    )
    close: Money | None = Field(default=None, description="last price, US dollars; none without one")
    change_pct: Percent | None = Field(
        default=None, description="per cent against the close of the session before; none without both"
    )
    text: Text = Field(
        max_length=2000, description="the day in words", examples=["GME was the talk of the day."]
    )
    sources: tuple[PostId, ...] = Field(
        max_length=10, description="the posts with most engagement", examples=[["reddit:t3_l6q0aa"]]
    )
    written_by: Annotated[str, OpenEnum("template", "model")] | None = Field(
        default=None, description="who wrote this text; none when not told", examples=["template"]
    )
    written_why: str | None = Field(
        default=None,
        max_length=200,
        description="why no language model wrote it; none when one did",
        examples=["no language model is configured"],
    )
    mood_read: Annotated[str, OpenEnum("moon", "bullish", "neutral", "bearish", "doom")] | None = Field(
        default=None,
        description="the mood a language model read in the posts; none without one",
        examples=["bullish"],
    )
    cited: tuple[PostId, ...] = Field(
        default=(),
        max_length=10,
        description="the posts a language model relied on",
        examples=[["reddit:t3_l6q0aa"]],
    )


class DailySummaryPublishedV1(Event, source=SOURCE, detail_type="DailySummaryPublished.v1", about=("date",)):
    """The summary of a day: most discussed tickers first."""

    date: Day = Field(description="the day it tells of")
    window_start: Instant = Field(description="first moment it tells of, UTC")
    window_end: Instant = Field(description="first moment after it, UTC")
    posts: Total = Field(description="posts seen in the window")
    coverage: Share | None = Field(
        default=None,
        description="share of the posts usual at such hours that collection saw; none when not known",
    )
    headline: Text = Field(
        max_length=300, description="the day in a sentence", examples=["GME led the talk."]
    )
    tickers: tuple[TickerDay, ...] = Field(
        max_length=100,
        description="each ticker's day, most discussed first",
        examples=[
            [
                {
                    "ticker": "GME",
                    "mentions": 120,
                    "unique_authors": 98,
                    "engagement": "510.25",
                    "scored": 0,
                    "mood": "unknown",
                    "text": "GME was the talk of the day.",
                    "sources": ["reddit:t3_l6q0aa"],
                }
            ]
        ],
    )
    written_by: Annotated[str, OpenEnum("template", "model")] = Field(description="who wrote the words")
    model_tokens: int | None = Field(
        default=None, ge=0, description="tokens a language model read and wrote for it", examples=[0]
    )
    model_dollars: Decimal | None = Field(
        default=None, ge=0, description="what they cost, US dollars", examples=["0.0123"]
    )


class ModelBudgetReachedV1(
    Event, source=SOURCE, detail_type="ModelBudgetReached.v1", about=("whose", "date")
):
    """A day's budget for language models does not hold the next call; until tomorrow there is none."""

    whose: Name = Field(description="whose budget: a caller's, or `all` for everybody's", examples=["all"])
    date: Day = Field(description="the day the budget is of")
    tokens_limit: Total = Field(description="tokens it holds a day")
    dollars_limit: Decimal = Field(ge=0, description="US dollars it holds a day", examples=["5"])


class BriefingPreparedV1(
    Event, source=SOURCE, detail_type="BriefingPrepared.v1", about=("user_id", "cadence", "date")
):
    """A user's mail about what they watch is written and lies ready to be sent."""

    user_id: UserId
    cadence: Annotated[str, OpenEnum("daily", "weekly", "preview")] = Field(description="how often it comes")
    date: Day = Field(description="the last day it tells of")
    subject_line: Text = Field(
        max_length=200, description="subject of the mail", examples=["27 January 2021: GME +134.8 %"]
    )
    tickers: tuple[Ticker, ...] = Field(
        max_length=100, description="what it tells of, most discussed first", examples=[["GME"]]
    )
    text_part: str = Field(
        max_length=1024,
        description="where the plain text lies, an s3:// address",
        examples=["s3://bucket/briefings/alice.txt"],
    )
    html_part: str = Field(
        max_length=1024,
        description="where the HTML lies, an s3:// address",
        examples=["s3://bucket/briefings/alice.html"],
    )
    variant: Annotated[str, OpenEnum("a", "b")] | None = Field(
        default=None, description="which of two ways to tell it the reader gets", examples=["a"]
    )
