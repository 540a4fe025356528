"""Events the sentiment service announces: scores of posts and moves of a ticker's mood."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.events.envelope import Count, Event, Instant, Name, OpenEnum, Polarity, Share, Ticker
from contracts.events.ingestion import PostId

SOURCE = "tickertape.sentiment"

Method = Annotated[str, OpenEnum("model", "fallback", "override")]


class SentimentScoredV1(Event, source=SOURCE, detail_type="SentimentScored.v1", about=("post_id", "ticker")):
    """A post was scored for one ticker."""

    post_id: PostId
    ticker: Ticker
    posted_at: Instant
    polarity: Polarity = Field(description="positive − negative")
    negative: Share
    neutral: Share
    positive: Share
    confidence: Share = Field(description="the largest of the three probabilities")
    label: Annotated[str, OpenEnum("negative", "neutral", "positive")]
    method: Method
    model: Name
    model_version: Name


class SentimentWithheldV1(
    Event, source=SOURCE, detail_type="SentimentWithheld.v1", about=("post_id", "ticker")
):
    """A post could not be scored for a ticker; that is no neutral score."""

    post_id: PostId
    ticker: Ticker
    posted_at: Instant
    why: str = Field(max_length=200)


class RescoreCompletedV1(Event, source=SOURCE, detail_type="RescoreCompleted.v1", about=("run",)):
    """Posts scored before were scored again with another model; old scores are kept beside the new."""

    run: Name
    since: Instant = Field(description="posts written before it were left alone")
    until: Instant = Field(description="posts written at or after it were left alone")
    model: Name
    model_version: Name
    completed_at: Instant
    posts: int = Field(ge=0, description="pairs of post and ticker that were looked at")
    rescored: int = Field(ge=0, description="of them, those the model gave a score")
    withheld: int = Field(ge=0, description="of them, those it could not score; their old score stands")
    changed: int = Field(ge=0, description="of the rescored, those whose label changed")
    mean_shift: Annotated[Decimal, Field(ge=-2, le=2, max_digits=9)] | None = Field(
        default=None, description="mean of new − old polarity over the rescored; none when there are none"
    )
    report: str | None = Field(
        default=None, max_length=1024, description="where the differences lie, an s3:// address"
    )


class TickerSentimentShiftedV1(
    Event, source=SOURCE, detail_type="TickerSentimentShifted.v1", about=("ticker", "window", "window_end")
):
    """A ticker's mood or the talk about it changed within a window."""

    ticker: Ticker
    window: str = Field(examples=["PT1H"], description="ISO 8601 duration; ends at window_end")
    window_end: Instant
    mean: Polarity = Field(description="mean polarity of the window")
    previous: Polarity | None = Field(
        default=None, description="mean of the time before; none when nobody spoke"
    )
    mentions: int = Field(ge=1, description="posts about the ticker, each counted once")
    usual_mentions: Count = Field(description="mean mentions of such a window over the 24 hours before")
    velocity: Decimal = Field(description="(mentions − usual) ÷ (usual + 1)", max_digits=9)
    unique_authors: int = Field(ge=0)
    near_duplicate_share: Share = Field(description="share of posts that repeat another nearly word for word")
    fallback_share: Share = Field(description="share of scores made without the model")
    because: tuple[Annotated[str, OpenEnum("sentiment", "mentions")], ...] = Field(min_length=1)
    evidence: tuple[Name, ...] = Field(max_length=20, description="ids of the score events that weighed most")
    coverage: Share | None = Field(
        default=None,
        description="share of the posts usual at such hours that collection saw; none when not known",
    )
