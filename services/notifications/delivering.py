"""Brings an alert to its user, once a channel, and says what came of it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from contracts.events.app import ContactChangedV1
from contracts.events.envelope import Envelope, Publish
from contracts.events.notifications import AlertFiredV1, NotificationFailedV1, NotificationSentV1
from services.notifications.channels import Channel, Delivered, Gone, Outcome, Refused, Wait
from services.notifications.composing import held_back

MAX_WAITS = 24
"""Times a message waits for a channel, up to a quarter of an hour each, before it is given up."""


class Subscriptions(Protocol):
    def contact(self, user_id: str) -> ContactChangedV1 | None: ...

    def still_follows(self, user_id: str, ticker: str | None) -> bool: ...

    def push_addresses(self, user_id: str) -> Sequence[str]:
        """The browsers a user lets us push to, newest first."""
        ...


class Inbox(Protocol):
    def put(self, alert: AlertFiredV1) -> None:
        """A repeat changes nothing."""
        ...


class Addresses(Protocol):
    """Addresses at which nobody is reached any more."""

    def why_dead(self, kind: str, address: str, contact: ContactChangedV1 | None) -> str | None: ...

    def bury(self, kind: str, address: str, why: str) -> None: ...


Once = Callable[[str, Callable[[], str]], str]
"""Does an act that cannot be keyed once under a name, and gives what it gave, also when it was done before;
an act that raised was not done."""
Postpone = Callable[[Envelope, int], None]
"""Gives an event back to this use-case after so many seconds."""


class _NotDone(Exception):
    """Carries an outcome past the ledger, which remembers only what does not raise."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def deliver(
    alert: AlertFiredV1,
    publish: Publish,
    *,
    subscriptions: Subscriptions,
    inbox: Inbox,
    channels: Mapping[str, Channel],
    addresses: Addresses,
    once: Once,
    postpone: Postpone,
) -> None:
    """Tell a user on each channel. Safe to repeat: told once, announced every time."""
    if not subscriptions.still_follows(alert.user_id, alert.ticker):
        publish(held_back(alert, "no longer followed"))
        return
    contact = subscriptions.contact(alert.user_id)
    for kind in alert.channels:
        if kind == "inbox":
            inbox.put(alert)
            publish(_sent(alert, kind))
            continue
        found = _addresses(kind, alert.user_id, contact, subscriptions)
        outcomes = [_tell(kind, one, alert, contact, channels, addresses, once) for one in found]
        _conclude(kind, alert, outcomes or [Refused("no verified address")], publish, postpone)


def _tell(
    kind: str,
    address: str,
    alert: AlertFiredV1,
    contact: ContactChangedV1 | None,
    channels: Mapping[str, Channel],
    addresses: Addresses,
    once: Once,
) -> Outcome:
    if kind not in channels:
        return Refused(f"{kind} is not offered")
    if why := addresses.why_dead(kind, address, contact):
        return Refused(why)
    try:
        outcome: Outcome = Delivered(
            once(_business_key(kind, address, alert), partial(_send, channels[kind], address, alert))
        )
    except _NotDone as not_done:
        outcome = not_done.outcome
    if isinstance(outcome, Gone):
        addresses.bury(kind, address, outcome.why)
    return outcome


def _send(channel: Channel, address: str, alert: AlertFiredV1) -> str:
    outcome = channel.send(address, alert)
    if not isinstance(outcome, Delivered):
        raise _NotDone(outcome)
    return outcome.receipt


def _conclude(
    kind: str, alert: AlertFiredV1, outcomes: Sequence[Outcome], publish: Publish, postpone: Postpone
) -> None:
    """Of several browsers, one that took it is enough; one that asked to wait is tried again by itself."""
    if any(isinstance(one, Delivered) for one in outcomes):
        publish(_sent(alert, kind))
    if waits := [one for one in outcomes if isinstance(one, Wait)]:
        waited = int(publish.cause.data.get("waited", 0))
        if waited < MAX_WAITS:
            again = {"channels": [kind], "waited": waited + 1}
            later = publish.cause.model_copy(update={"data": publish.cause.data | again})
            postpone(later, max(one.seconds for one in waits))
            return
        outcomes = [Refused(f"gave up after {MAX_WAITS} waits: {one.why}") for one in waits]
    if not any(isinstance(one, Delivered) for one in outcomes):
        publish(_failed(alert, kind, "; ".join(dict.fromkeys(_why(one) for one in outcomes))))


def _why(outcome: Outcome) -> str:
    return "" if isinstance(outcome, Delivered) else outcome.why


def _addresses(
    kind: str, user_id: str, contact: ContactChangedV1 | None, subscriptions: Subscriptions
) -> Sequence[str]:
    """The first verified address of a kind; for push, every browser, since each is a device."""
    if kind == "push":
        return subscriptions.push_addresses(user_id)
    channels = contact.channels if contact else ()
    return [c.address for c in channels if c.kind == kind and c.verified and c.address][:1]


def _business_key(kind: str, address: str, alert: AlertFiredV1) -> str:
    which = f"/{hashlib.sha256(address.encode()).hexdigest()[:16]}" if kind == "push" else ""
    return f"{alert.notification_id}/{kind}{which}"


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
