"""Events the notifications service announces: what was sent, held back or undeliverable, and why."""

from typing import Annotated

from pydantic import Field

from contracts.events.app import ChannelKind, RuleKind
from contracts.events.envelope import Event, Instant, Name, Text, Ticker

SOURCE = "tickertape.notifications"

Evidence = Annotated[tuple[Name, ...], Field(max_length=40, description="ids of the events behind it")]


class AlertFiredV1(Event, source=SOURCE, detail_type="AlertFired.v1", about=("notification_id",)):
    """A rule of a user fired; the message is written and goes to these channels."""

    notification_id: Name
    user_id: Name
    ticker: Ticker | None = None
    rule: RuleKind
    channels: tuple[ChannelKind, ...] = Field(min_length=1)
    title: Text = Field(max_length=200)
    body: Text = Field(max_length=4000, description="plain text, paragraphs parted by blank lines")
    reason: Text = Field(max_length=400, description="why the rule fired, with its figures")
    occurred_at: Instant = Field(description="when what it tells of happened")
    evidence: Evidence


class NotificationSentV1(
    Event, source=SOURCE, detail_type="NotificationSent.v1", about=("notification_id", "channel")
):
    """A user was told something on one channel."""

    notification_id: Name
    user_id: Name
    ticker: Ticker | None = None
    rule: RuleKind
    channel: ChannelKind
    title: Text = Field(max_length=200)
    reason: Text = Field(max_length=400, description="why the rule fired, with its figures")
    occurred_at: Instant = Field(description="when what it tells of happened")
    evidence: Evidence


class NotificationHeldV1(Event, source=SOURCE, detail_type="NotificationHeld.v1", about=("notification_id",)):
    """A rule fired, and the user was not told, or not yet."""

    notification_id: Name
    user_id: Name
    ticker: Ticker | None = None
    rule: RuleKind
    reason: Text = Field(max_length=400)
    until: Instant | None = Field(default=None, description="when it may be sent; none when it will not be")
    evidence: Evidence


class NotificationFailedV1(
    Event, source=SOURCE, detail_type="NotificationFailed.v1", about=("notification_id", "channel")
):
    """A channel refused a message for good."""

    notification_id: Name
    user_id: Name
    ticker: Ticker | None = None
    rule: RuleKind
    channel: ChannelKind
    reason: Text = Field(max_length=400)
    evidence: Evidence
