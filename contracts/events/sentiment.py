"""Events the sentiment service announces: scores of posts and moves of a ticker's mood."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.events.envelope import Count, Event, Instant, Name, Polarity, Share, Ticker, Total
from contracts.events.ingestion import PostId
from contracts.events.open_lists import OpenEnum

SOURCE = "tickertape.sentiment"

Method = Annotated[str, OpenEnum("model", "fallback", "override"), Field(description="who gave the score")]
Model = Annotated[Name, Field(description="which model", examples=["minilm-l6-int8-money"])]
ModelVersion = Annotated[Name, Field(description="which version of it", examples=["2"])]


class SentimentScoredV1(Event, source=SOURCE, detail_type="SentimentScored.v1", about=("post_id", "ticker")):
    """A post was scored for one ticker."""

    post_id: PostId
    ticker: Ticker
    posted_at: Instant = Field(description="when the post was written, UTC")
    polarity: Polarity = Field(description="positive − negative")
    negative: Share = Field(description="probability that it speaks against the ticker, 0…1")
    neutral: Share = Field(description="probability that it does neither, 0…1")
    positive: Share = Field(description="probability that it speaks for the ticker, 0…1")
    confidence: Share = Field(description="the largest of the three probabilities")
    label: Annotated[str, OpenEnum("negative", "neutral", "positive")] = Field(
        description="the likeliest of the three"
    )
    method: Method
    model: Model
    model_version: ModelVersion


class SentimentWithheldV1(
    Event, source=SOURCE, detail_type="SentimentWithheld.v1", about=("post_id", "ticker")
):
    """A post could not be scored for a ticker; that is no neutral score."""

    post_id: PostId
    ticker: Ticker
    posted_at: Instant = Field(description="when the post was written, UTC")
    why: str = Field(max_length=200, description="what stood in the way", examples=["no text"])


class RescoreCompletedV1(Event, source=SOURCE, detail_type="RescoreCompleted.v1", about=("run",)):
    """Posts scored before were scored again with another model; old scores are kept beside the new."""

    run: Name = Field(description="the run, by its name", examples=["2021-01-28-minilm-2"])
    since: Instant = Field(description="posts written before it were left alone")
    until: Instant = Field(description="posts written at or after it were left alone")
    model: Model
    model_version: ModelVersion
    completed_at: Instant = Field(description="when the run ended, UTC")
    posts: Total = Field(description="pairs of post and ticker that were looked at")
    rescored: Total = Field(description="of them, those the model gave a score")
    withheld: Total = Field(description="of them, those it could not score; their old score stands")
    changed: Total = Field(description="of the rescored, those whose label changed")
    mean_shift: Annotated[Decimal, Field(ge=-2, le=2, max_digits=9)] | None = Field(
        default=None,
        description="mean of new − old polarity over the rescored; none when there are none",
        examples=["0.013"],
    )
    report: str | None = Field(
        default=None,
        max_length=1024,
        description="where the differences lie, an s3:// address",
        examples=["s3://bucket/rescored/report.json"],
    )


class TickerSentimentShiftedV1(
    Event, source=SOURCE, detail_type="TickerSentimentShifted.v1", about=("ticker", "window", "window_end")
):
    """A ticker's mood or the talk about it changed within a window."""

    ticker: Ticker
    window: str = Field(examples=["PT1H"], description="ISO 8601 duration; ends at window_end")
    window_end: Instant = Field(description="first moment after the window, UTC")
    mean: Polarity = Field(description="mean polarity of the window")
    previous: Polarity | None = Field(
        default=None, description="mean of the time before; none when nobody spoke"
    )
    mentions: int = Field(ge=1, description="posts about the ticker, each counted once", examples=[42])
    usual_mentions: Count = Field(description="mean mentions of such a window over the 24 hours before")
    velocity: Decimal = Field(description="(mentions − usual) ÷ (usual + 1)", max_digits=9, examples=["3.53"])
    unique_authors: Total = Field(description="different authors among them")
    near_duplicate_share: Share = Field(description="share of posts that repeat another nearly word for word")
    fallback_share: Share = Field(description="share of scores made without the model")
    because: tuple[Annotated[str, OpenEnum("sentiment", "mentions")], ...] = Field(
        min_length=1, description="which of them moved far enough", examples=[["sentiment"]]
    )
    evidence: tuple[Name, ...] = Field(
        max_length=20, description="ids of the score events that weighed most", examples=[["score-1"]]
    )
    coverage: Share | None = Field(
        default=None,
        description="share of the posts usual at such hours that collection saw; none when not known",
    )
