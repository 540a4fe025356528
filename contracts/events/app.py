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
    cooldown_minutes: int | None = Field(
        default=None,
        ge=5,
        le=10080,
        examples=[60],
        description="how long the rule is silent after it fired; none: for the rest of the New York day",
    )
    hysteresis: Decimal | None = Field(
        default=None,
        ge=0,
        examples=["2"],
        description="how far below the line, in the threshold's unit, the figure must have come back before "
        "the rule fires again; none: below it at all",
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


class Mute(Part):
    """What a user does not want to be told; what is not named is meant whole."""

    channel: ChannelKind | None = Field(default=None, description="this channel only; none: every channel")
    rule: RuleKind | None = Field(default=None, description="alerts of this kind only; none: of every kind")


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
    extended_hours: bool = Field(
        default=True,
        examples=[False],
        description="whether prices before the open and after the close may fire; false: the regular "
        "session's only",
    )
    daily_cap: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        examples=[5],
        description="alerts a day, by the user's zone, that may make a noise at once; the others wait for "
        "the digest; none: all",
    )
    digest_at: Clock | None = Field(
        default=None,
        examples=["18:00"],
        description="time of day, in the user's zone, at which all alerts go out as one message; none: each "
        "at once",
    )
    mutes: tuple[Mute, ...] = Field(
        default=(),
        max_length=50,
        description="what the user does not want to be told",
        examples=[[{"channel": "email", "rule": "mention_surge"}]],
    )
    mail_cadence: Annotated[str, OpenEnum("daily", "weekly", "both", "never")] | None = Field(
        default=None,
        description="which briefings come by mail; daily ones when not told",
        examples=["weekly"],
    )
    locale: str = Field(
        default="en-US",
        max_length=35,
        examples=["de-DE"],
        description="BCP 47 tag: how numbers, prices and dates of messages are written; one that is not "
        "known counts as en-US",
    )
    changed_at: Instant = Field(description="when the user did so, UTC")


class UserDeletedV1(Event, source=SOURCE, detail_type="UserDeleted.v1", about=("user_id",)):
    """A user left; everything kept about them is to go."""

    user_id: UserId
    deleted_at: Instant = Field(description="when the user left, UTC")
