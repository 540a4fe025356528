"""Events the notifications service announces: what was sent, held back or undeliverable, and why."""

from typing import Annotated

from pydantic import Field

from contracts.events.app import AlertRule, ChannelKind, QuietHours, RuleKind
from contracts.events.envelope import Event, Instant, Name, Text, Ticker, UserId
from contracts.events.open_lists import OpenEnum

SOURCE = "tickertape.notifications"

Evidence = Annotated[
    tuple[Name, ...],
    Field(max_length=40, description="ids of the events behind it", examples=[["follow-1", "price-1"]]),
]
NotificationId = Annotated[Name, Field(description="the message, on whichever channel")]
Reason = Annotated[Text, Field(max_length=400, examples=["moved 134.84 %, the line was 10 %"])]
About = Annotated[Ticker | None, Field(description="what it is about; none when about the whole day")]


Wish = Annotated[
    str,
    OpenEnum("follow", "unfollow", "quiet", "no_mail"),
    Field(description="what the user wants from now on; no_mail: nothing more by mail"),
]


class PreferenceStatedV1(
    Event, source=SOURCE, detail_type="PreferenceStated.v1", about=("user_id", "wish", "stated_at")
):
    """A user said, on a channel of theirs, what they want; the app, which keeps it, is to make it so."""

    user_id: UserId
    wish: Wish
    channel: ChannelKind
    ticker: Ticker | None = Field(default=None, description="what follow and unfollow are about")
    rules: tuple[AlertRule, ...] = Field(
        default=(),
        max_length=20,
        description="when to tell the user of the ticker they follow",
        examples=[[{"kind": "price_move", "threshold": "10"}]],
    )
    quiet_hours: QuietHours | None = Field(
        default=None,
        description="the hours meant by quiet; none: never quiet",
        examples=[{"start": "22:00", "end": "07:00"}],
    )
    stated_at: Instant = Field(description="when the user said so, UTC")


class AlertFiredV1(Event, source=SOURCE, detail_type="AlertFired.v1", about=("notification_id",)):
    """A rule of a user fired; the message is written and goes to these channels."""

    notification_id: NotificationId
    user_id: UserId
    ticker: About = None
    rule: RuleKind
    channels: tuple[ChannelKind, ...] = Field(
        min_length=1, description="where it goes", examples=[["inbox", "email"]]
    )
    title: Text = Field(max_length=200, description="headline", examples=["GME +134.8 %"])
    body: Text = Field(
        max_length=4000,
        description="plain text, paragraphs parted by blank lines",
        examples=["GME stands at $347.51."],
    )
    reason: Reason = Field(description="why the rule fired, with its figures")
    occurred_at: Instant = Field(description="when what it tells of happened")
    evidence: Evidence
    digest: bool = Field(
        default=False, description="it gathers alerts that had to wait for its channels", examples=[True]
    )


class NotificationSentV1(
    Event, source=SOURCE, detail_type="NotificationSent.v1", about=("notification_id", "channel")
):
    """A user was told something on one channel."""

    notification_id: NotificationId
    user_id: UserId
    ticker: About = None
    rule: RuleKind
    channel: ChannelKind
    title: Text = Field(max_length=200, description="headline", examples=["GME +134.8 %"])
    reason: Reason = Field(description="why the rule fired, with its figures")
    occurred_at: Instant = Field(description="when what it tells of happened")
    evidence: Evidence


class NotificationHeldV1(Event, source=SOURCE, detail_type="NotificationHeld.v1", about=("notification_id",)):
    """A rule fired, and the user was not told, or not yet."""

    notification_id: NotificationId
    user_id: UserId
    ticker: About = None
    rule: RuleKind
    reason: Reason = Field(
        description="why the user is not told, or not yet", examples=["quiet hours until 07:00"]
    )
    until: Instant | None = Field(default=None, description="when it may be sent; none when it will not be")
    evidence: Evidence


class NotificationFailedV1(
    Event, source=SOURCE, detail_type="NotificationFailed.v1", about=("notification_id", "channel")
):
    """A channel refused a message for good."""

    notification_id: NotificationId
    user_id: UserId
    ticker: About = None
    rule: RuleKind
    channel: ChannelKind
    reason: Reason = Field(description="what the channel answered", examples=["no such address"])
    evidence: Evidence
