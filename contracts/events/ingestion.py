"""Events the ingestion service announces: posts seen, posts gone, and how much of the day was seen."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.events.envelope import Count, Event, Instant, Name, Part, Share, Text, Ticker, Total
from contracts.events.open_lists import OpenEnum

SOURCE = "tickertape.ingestion"

PostId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9_]+:[\w-]{1,64}$"),
    Field(description="the post: its source and its id there", examples=["reddit:t3_l5c3a1"]),
]


class TickerMention(Part):
    """A ticker found in a post, and where."""

    ticker: Ticker
    confidence: Share = Field(description="how sure it is that the ticker is meant, 0…1")
    start: int = Field(
        ge=0,
        description="first character, in title + blank line + text (text alone without title)",
        examples=[0],
    )
    end: int = Field(ge=0, description="one past the last character", examples=[4])
    how: Annotated[str, OpenEnum("cashtag", "symbol", "option", "name", "listing")] = Field(
        description="what it was known by"
    )


class PostIngestedV1(Event, source=SOURCE, detail_type="PostIngested.v1", about=("post_id",)):
    """A post was seen for the first time, or seen edited."""

    post_id: PostId
    source_name: Name = Field(description="where it was collected", examples=["reddit"])
    community: str = Field(max_length=128, description="forum within the source", examples=["wallstreetbets"])
    kind: Annotated[str, OpenEnum("submission", "comment")] = Field(description="a post or a reply")
    author: str | None = Field(
        default=None, max_length=64, description="salted hash, never a name", examples=["5f2b6f0e7d0c"]
    )
    created_at: Instant = Field(description="when it was written, UTC")
    title: Text = Field(default="", max_length=400, description="headline; empty for comments")
    text: Text = Field(default="", max_length=8000, description="words of the post, cut to their limit")
    url: str | None = Field(
        default=None,
        max_length=2048,
        description="address of the post; none when not known",
        examples=["https://www.reddit.com/comments/l5c3a1"],
    )
    tickers: tuple[TickerMention, ...] = Field(
        description="tickers found in it, with their places",
        examples=[[{"ticker": "GME", "confidence": "0.95", "start": 0, "end": 4, "how": "cashtag"}]],
    )
    score: int = Field(default=0, description="votes when seen; may be negative", examples=[120])
    comments: int = Field(default=0, ge=0, description="replies when seen", examples=[42])
    cluster: str | None = Field(
        default=None,
        max_length=64,
        description="posts that say nearly the same share it",
        examples=["c-8d1f"],
    )


class PostRemovedV1(Event, source=SOURCE, detail_type="PostRemoved.v1", about=("post_id",)):
    """A post was deleted where it came from; its text is to be forgotten."""

    post_id: PostId
    why: Annotated[str, OpenEnum("deleted", "removed")] = Field(description="by its author, or by others")
    removed_at: Instant = Field(description="when it was known to be gone, UTC")


class Gap(Part):
    """A stretch of the window in which nothing could be seen."""

    start: Instant = Field(description="first moment not seen, UTC")
    end: Instant = Field(description="first moment seen again, UTC")


class SkippedLine(Part):
    """A line of an archive that was not a post, and why."""

    line: int = Field(ge=1, description="its number, 1 first", examples=[17])
    why: str = Field(max_length=300, description="what is wrong with it", examples=["not JSON"])


class CollectionCompletedV1(
    Event, source=SOURCE, detail_type="CollectionCompleted.v1", about=("collection", "window_end")
):
    """One collection ended: what it found of its window, and what it did not."""

    collection: str = Field(
        max_length=512,
        description="the source, or the archive part that was read",
        examples=["reddit"],
    )
    window_start: Instant = Field(description="first moment looked at, UTC")
    window_end: Instant = Field(description="first moment no longer looked at, UTC")
    found: Total = Field(description="posts it came upon")
    new: Total = Field(description="of them, those not seen before")
    failed: Total = Field(description="windows or entries that could not be read")
    coverage: Share | None = Field(
        default=None, description="share of the expected posts seen; none when not known"
    )
    expected: Count | None = Field(
        default=None, description="posts usual at such hours of the week; none before enough weeks were seen"
    )
    gaps: tuple[Gap, ...] = Field(
        default=(),
        description="stretches of the window not seen",
        examples=[[{"start": "2021-01-27T15:00:00Z", "end": "2021-01-27T16:00:00Z"}]],
    )
    skipped: tuple[SkippedLine, ...] = Field(
        default=(),
        max_length=20,
        description="the first twenty",
        examples=[[{"line": 17, "why": "not JSON"}]],
    )
