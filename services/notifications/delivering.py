"""Brings an alert to its user, once a channel, and says what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Protocol

from contracts.events.app import ContactChangedV1
from contracts.events.envelope import Envelope, Publish, instant_text
from contracts.events.notifications import AlertFiredV1, NotificationFailedV1, NotificationSentV1
from services.notifications.alerts import Held, Later
from services.notifications.channels import Channel, Delivered, Gone, Outcome, Refused, Wait, address_key
from services.notifications.composing import held_back
from services.notifications.correcting import PRICE_RULES
from services.notifications.noise import is_muted
from services.notifications.pacing import Pace, is_late

MAX_WAITS = 24
"""Times a message waits for a channel, up to a quarter of an hour each, before it is given up."""


class Subscriptions(Protocol):
    def contact(self, user_id: str) -> ContactChangedV1 | None: ...

    def still_follows(self, user_id: str, ticker: str | None) -> bool: ...

    def push_addresses(self, user_id: str) -> Sequence[str]:
        """The browsers a user lets us push to, newest first."""
        ...

    def prune_browser(self, user_id: str, subscription: str) -> None:
        """Forgets a browser that is gone; a repeat changes nothing."""
        ...


class Inbox(Protocol):
    def put(self, alert: AlertFiredV1) -> None:
        """A repeat changes nothing."""
        ...

    def remember(self, alert: AlertFiredV1, kind: str, receipt: str) -> None:
        """Keeps what a message is called on its channel, to edit it by."""
        ...


class Addresses(Protocol):
    """Addresses at which nobody is reached any more."""

    def why_dead(self, key: str, contact: ContactChangedV1 | None) -> str | None: ...

    def bury(self, key: str, why: str) -> None: ...


class Ledger(Protocol):
    def knows(self, key: str) -> bool:
        """Whether the act of this name was done."""
        ...

    def once(self, key: str, act: Callable[[], str]) -> str:
        """Does an act that cannot be keyed once under a name, and gives what it gave, also when it was done
        before; an act that raised was not done. Raises InHand."""
        ...


class Lanes(Protocol):
    def slot(
        self, lane: str, *, spacing: timedelta, now: datetime, reserved: datetime | None
    ) -> datetime | None:
        """None: now. Else the moment set aside for this message, which it brings along as *reserved*."""
        ...

    def pause(self, lane: str, *, until: datetime) -> None: ...


class HeldAlerts(Protocol):
    def hold(self, held: Held) -> None: ...


Postpone = Callable[[Envelope, int], None]
"""Gives an event back to this use-case after so many seconds."""


@dataclass(frozen=True)
class Outbound:
    """What delivering needs of the world. Channels without a pace have none to keep."""

    subscriptions: Subscriptions
    inbox: Inbox
    channels: Mapping[str, Channel]
    addresses: Addresses
    ledger: Ledger
    lanes: Lanes
    paces: Mapping[str, Pace]
    held: HeldAlerts
    postpone: Postpone
    now: Callable[[], datetime]


class InHand(Exception):
    """Another worker is at the same act, for *seconds* at most."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"another worker has it in hand for {seconds:.0f} s")
        self.seconds = seconds


class NotDone(Exception):
    """Carries an outcome past the ledger, which remembers only what does not raise."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def deliver(alert: AlertFiredV1, publish: Publish, *, outbound: Outbound) -> None:
    """Tell a user on each channel. Safe to repeat: told once, announced every time."""
    if not outbound.subscriptions.still_follows(alert.user_id, alert.ticker):
        publish(held_back(alert, "no longer followed"))
        return
    tell(alert, publish, outbound=outbound)


def tell(alert: AlertFiredV1, publish: Publish, *, outbound: Outbound) -> None:
    """The same, whatever the user follows."""
    contact = outbound.subscriptions.contact(alert.user_id)
    stopped = [
        why for kind in alert.channels if (why := _on_channel(kind, alert, contact, publish, outbound))
    ]
    if stopped:
        publish(held_back(alert, "; ".join(stopped)))


def _on_channel(
    kind: str, alert: AlertFiredV1, contact: ContactChangedV1 | None, publish: Publish, outbound: Outbound
) -> str | None:
    """Why the user is not told on this channel, or not yet; none where what came of it was announced."""
    if is_muted(contact, kind, None if alert.digest else alert.rule):
        return f"{kind} is muted"
    if kind == "inbox":
        outbound.inbox.put(alert)
        publish(_sent(alert, kind))
        return None
    found = _addresses(kind, alert.user_id, contact, outbound.subscriptions)
    at = publish.cause.time
    if _comes_late(kind, found, alert, at, outbound):
        outbound.held.hold(Held(alert, Later((kind,), at, "late"), at))
        return f"over a quarter of an hour late: {kind} waits for the next digest"
    outcomes = [_tell(kind, one, alert, contact, publish.cause, outbound) for one in found]
    if alert.ticker and alert.rule in PRICE_RULES:
        for one in outcomes:
            if isinstance(one, Delivered) and one.receipt:
                outbound.inbox.remember(alert, kind, one.receipt)
    _conclude(kind, alert, outcomes or [Refused("no verified address")], publish, outbound.postpone)
    return None


def _comes_late(
    kind: str, found: Sequence[str], alert: AlertFiredV1, at: datetime, outbound: Outbound
) -> bool:
    """What was told in time and only comes again is not late; a digest gathers what is late already."""
    if alert.digest or not is_late(at, outbound.now()):
        return False
    return not any(outbound.ledger.knows(_business_key(kind, one, alert)) for one in found)


def _tell(
    kind: str,
    address: str,
    alert: AlertFiredV1,
    contact: ContactChangedV1 | None,
    cause: Envelope,
    outbound: Outbound,
) -> Outcome:
    if kind not in outbound.channels:
        return Refused(f"{kind} is not offered")
    if why := outbound.addresses.why_dead(address_key(kind, address), contact):
        return Refused(why)
    key = _business_key(kind, address, alert)
    if not outbound.ledger.knows(key) and (wait := _turn(kind, address, cause, outbound)):
        return wait
    act = partial(_send, outbound.channels[kind], address, alert)
    try:
        return Delivered(outbound.ledger.once(key, act))
    except InHand as busy:
        return Wait(ceil(busy.seconds), str(busy))
    except NotDone as not_done:
        outcome = not_done.outcome
    if isinstance(outcome, Gone):
        if kind == "push":
            outbound.subscriptions.prune_browser(alert.user_id, address)
        outbound.addresses.bury(address_key(kind, address), outcome.why)
    if isinstance(outcome, Wait) and (pace := outbound.paces.get(kind)):
        until = outbound.now() + timedelta(seconds=outcome.seconds)
        outbound.lanes.pause(pace.lane(kind, address), until=until)
    return outcome


def _turn(kind: str, address: str, cause: Envelope, outbound: Outbound) -> Wait | None:
    """None where it is this message's turn."""
    if (pace := outbound.paces.get(kind)) is None:
        return None
    stated, now = cause.data.get("not_before"), outbound.now()
    slot = outbound.lanes.slot(
        pace.lane(kind, address),
        spacing=pace.spacing,
        now=now,
        reserved=datetime.fromisoformat(stated) if stated else None,
    )
    return Wait(ceil((slot - now).total_seconds()), "others are before it", slot) if slot else None


def _send(channel: Channel, address: str, alert: AlertFiredV1) -> str:
    outcome = channel.send(address, alert)
    if not isinstance(outcome, Delivered):
        raise NotDone(outcome)
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
            longest = max(waits, key=lambda one: one.seconds)
            until = instant_text(longest.until) if longest.until else None
            again = {"channels": [kind], "waited": waited + 1, "not_before": until}
            later = publish.cause.model_copy(update={"data": publish.cause.data | again})
            postpone(later, longest.seconds)
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
    which = f"/{address_key(kind, address).removeprefix('push#')[:16]}" if kind == "push" else ""
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
