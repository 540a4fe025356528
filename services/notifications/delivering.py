"""Brings an alert to its user, once a channel, and says what came of it."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from contracts.events.app import ContactChangedV1
from contracts.events.envelope import Publish
from contracts.events.notifications import AlertFiredV1, NotificationFailedV1, NotificationSentV1
from services.notifications.composing import held_back


class MailRefused(Exception):
    """The mail service refuses this message for good; the text says why."""


class Subscriptions(Protocol):
    def contact(self, user_id: str) -> ContactChangedV1 | None: ...

    def still_follows(self, user_id: str, ticker: str | None) -> bool: ...


class Inbox(Protocol):
    def put(self, alert: AlertFiredV1) -> None:
        """A repeat changes nothing."""
        ...


Send = Callable[[str, AlertFiredV1], None]
"""Sends an alert to an e-mail address. Raises MailRefused; anything else it raises may be tried again."""
Once = Callable[[str, Callable[[], None]], None]
"""Does an act that cannot be keyed once under a name; an act that raised was not done."""


def deliver(
    alert: AlertFiredV1,
    publish: Publish,
    *,
    subscriptions: Subscriptions,
    inbox: Inbox,
    send: Send,
    once: Once,
) -> None:
    """Tell a user on each channel. Safe to repeat: told once, announced every time."""
    if not subscriptions.still_follows(alert.user_id, alert.ticker):
        publish(held_back(alert, "no longer followed"))
        return
    for channel in alert.channels:
        why_not = _tell(channel, alert, subscriptions, inbox, send, once)
        publish(_failed(alert, channel, why_not) if why_not else _sent(alert, channel))


def _tell(
    channel: str, alert: AlertFiredV1, subscriptions: Subscriptions, inbox: Inbox, send: Send, once: Once
) -> str | None:
    """None when told, else why it never will be on this channel."""
    if channel == "inbox":
        inbox.put(alert)
        return None
    if channel != "email":
        return f"{channel} is not offered"
    address = _address(subscriptions.contact(alert.user_id), channel)
    if address is None:
        return "no verified address"
    try:
        once(f"{alert.notification_id}/{channel}", partial(send, address, alert))
    except MailRefused as refusal:
        return str(refusal)
    return None


def _address(contact: ContactChangedV1 | None, kind: str) -> str | None:
    channels = contact.channels if contact else ()
    return next((c.address for c in channels if c.kind == kind and c.verified and c.address), None)


def _sent(alert: AlertFiredV1, channel: str) -> NotificationSentV1:
    return NotificationSentV1(
        notification_id=alert.notification_id,
        user_id=alert.user_id,
        ticker=alert.ticker,
        rule=alert.rule,
        channel=channel,
        title=alert.title,
        reason=alert.reason,
        occurred_at=alert.occurred_at,
        evidence=alert.evidence,
    )


def _failed(alert: AlertFiredV1, channel: str, why: str) -> NotificationFailedV1:
    return NotificationFailedV1(
        notification_id=alert.notification_id,
        user_id=alert.user_id,
        ticker=alert.ticker,
        rule=alert.rule,
        channel=channel,
        reason=why[:400],
        evidence=alert.evidence,
    )
