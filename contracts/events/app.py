"""Events the app announces: what its users watch, follow and where they want to be told."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.events.envelope import Event, Instant, Part, Ticker, UserId
from contracts.events.open_lists import OpenEnum

SOURCE = "tickertape.app"

RuleKind = Annotated[
    str,
    OpenEnum(
        "price_move",
        "price_level",
        "sentiment_shift",
        "mention_surge",
        "drawdown",
        "direction",
        "daily_summary",
    ),
    Field(description="what is watched for"),
]
ChannelKind = Annotated[
    str,
    OpenEnum("inbox", "email", "slack", "telegram", "push"),
    Field(description="way to reach a user"),
]
Clock = Annotated[
    str,
    StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$"),
    Field(description="time of day in the user's zone, 24 hours", examples=["22:00"]),
]


class AlertRule(Part):
    """When to tell a follower. One kind, one threshold in the kind's own unit."""

    kind: RuleKind
    threshold: Decimal | None = Field(
        default=None,
        ge=0,
        examples=["10"],
        description="price_move and drawdown: per cent; price_level: dollars; sentiment_shift: change of "
        "mean polarity; mention_surge: times the usual mentions; direction and daily_summary: not used",
    )


class WatchlistItemAddedV1(
    Event, source=SOURCE, detail_type="WatchlistItemAdded.v1", about=("user_id", "ticker")
):
    """A user put a ticker on their watchlist."""

    user_id: UserId
    ticker: Ticker
    position: int | None = Field(default=None, ge=0, description="place in the list, 0 first", examples=[0])
    added_at: Instant = Field(description="when the user did so, UTC")


class WatchlistItemRemovedV1(
    Event, source=SOURCE, detail_type="WatchlistItemRemoved.v1", about=("user_id", "ticker")
):
    """A user took a ticker off their watchlist."""

    user_id: UserId
    ticker: Ticker
    removed_at: Instant = Field(description="when the user did so, UTC")


class TickerFollowedV1(Event, source=SOURCE, detail_type="TickerFollowed.v1", about=("user_id", "ticker")):
    """A user follows a ticker under these rules; a later one replaces them all."""

    user_id: UserId
    ticker: Ticker
    rules: tuple[AlertRule, ...] = Field(
        max_length=20,
        description="when to tell the user; none: never",
        examples=[[{"kind": "price_move", "threshold": "10"}]],
    )
    followed_at: Instant = Field(description="when the user did so, UTC")


class TickerUnfollowedV1(
    Event, source=SOURCE, detail_type="TickerUnfollowed.v1", about=("user_id", "ticker")
):
    """A user no longer follows a ticker."""

    user_id: UserId
    ticker: Ticker
    unfollowed_at: Instant = Field(description="when the user did so, UTC")


class Channel(Part):
    """A way to reach a user."""

    kind: ChannelKind
    address: str | None = Field(
        default=None,
        max_length=320,
        description="e-mail address, chat id …; none for inbox",
        examples=["alice@example.org"],
    )
    verified: bool = Field(description="the user proved it is theirs", examples=[True])


class QuietHours(Part):
    """From *start* to *end* in the user's own zone nothing is sent; `22:00`–`07:00` runs over midnight."""

    start: Clock = Field(description="first quiet minute, in the user's zone")
    end: Clock = Field(description="first minute no longer quiet, in the user's zone", examples=["07:00"])


class ContactChangedV1(Event, source=SOURCE, detail_type="ContactChanged.v1", about=("user_id",)):
    """Where, when and how loudly a user wants to be told; replaces what was known."""

    user_id: UserId
    channels: tuple[Channel, ...] = Field(
        max_length=20,
        description="where to tell the user; none: nowhere",
        examples=[[{"kind": "email", "address": "alice@example.org", "verified": True}]],
    )
    time_zone: str = Field(examples=["America/New_York"], description="IANA name")
    quiet_hours: QuietHours | None = Field(
        default=None,
        description="when nothing is sent; none: it may always be",
        examples=[{"start": "22:00", "end": "07:00"}],
    )
    changed_at: Instant = Field(description="when the user did so, UTC")


class UserDeletedV1(Event, source=SOURCE, detail_type="UserDeleted.v1", about=("user_id",)):
    """A user left; everything kept about them is to go."""

    user_id: UserId
    deleted_at: Instant = Field(description="when the user left, UTC")
