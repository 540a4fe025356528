"""Events the ingestion service announces: posts seen, posts gone, and how much of the day was seen."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.events.envelope import Count, Event, Instant, Name, OpenEnum, Part, Share, Text, Ticker

SOURCE = "tickertape.ingestion"

PostId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+:[\w-]{1,64}$")]
"""Source and native id: `reddit:t3_l5c3a1`."""


class TickerMention(Part):
    """A ticker found in a post, and where."""

    ticker: Ticker
    confidence: Share
    start: int = Field(
        ge=0, description="first character, in title + blank line + text (text alone without title)"
    )
    end: int = Field(ge=0, description="one past the last character")
    how: Annotated[str, OpenEnum("cashtag", "symbol", "option", "name", "listing")]


class PostIngestedV1(Event, source=SOURCE, detail_type="PostIngested.v1", about=("post_id",)):
    """A post was seen for the first time, or seen edited."""

    post_id: PostId
    source_name: Name = Field(description="where it was collected", examples=["reddit"])
    community: str = Field(max_length=128, examples=["wallstreetbets"])
    kind: Annotated[str, OpenEnum("submission", "comment")]
    author: str | None = Field(default=None, max_length=64, description="salted hash, never a name")
    created_at: Instant
    title: Text = Field(default="", max_length=400)
    text: Text = Field(default="", max_length=8000)
    url: str | None = Field(default=None, max_length=2048)
    tickers: tuple[TickerMention, ...]
    score: int = Field(default=0, description="votes when seen; may be negative")
    comments: int = Field(default=0, ge=0)
    cluster: str | None = Field(
        default=None, max_length=64, description="posts that say nearly the same share it"
    )


class PostRemovedV1(Event, source=SOURCE, detail_type="PostRemoved.v1", about=("post_id",)):
    """A post was deleted where it came from; its text is to be forgotten."""

    post_id: PostId
    why: Annotated[str, OpenEnum("deleted", "removed")]
    removed_at: Instant


class Gap(Part):
    """A stretch of the window in which nothing could be seen."""

    start: Instant
    end: Instant


class SkippedLine(Part):
    """A line of an archive that was not a post, and why."""

    line: int = Field(ge=1)
    why: str = Field(max_length=300)


class CollectionCompletedV1(
    Event, source=SOURCE, detail_type="CollectionCompleted.v1", about=("collection", "window_end")
):
    """One collection ended: what it found of its window, and what it did not."""

    collection: str = Field(max_length=512, description="the source, or the archive part that was read")
    window_start: Instant
    window_end: Instant
    found: int = Field(ge=0)
    new: int = Field(ge=0)
    failed: int = Field(ge=0)
    coverage: Share | None = Field(
        default=None, description="share of the expected posts seen; none when not known"
    )
    expected: Count | None = Field(
        default=None, description="posts usual at such hours of the week; none before enough weeks were seen"
    )
    gaps: tuple[Gap, ...] = ()
    skipped: tuple[SkippedLine, ...] = Field(default=(), max_length=20, description="the first twenty")
