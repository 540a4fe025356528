"""Lets go of what waited for its channels: one digest a user."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Protocol

from contracts.events.app import ContactChangedV1
from contracts.events.arrivals import Due
from contracts.events.envelope import Publish, instant_text
from contracts.events.notifications import AlertFiredV1
from services.notifications.alerts import LOUD, Held, notification_id
from services.notifications.composing import MAX_EVIDENCE, held_back
from services.notifications.noise import is_muted
from services.notifications.quiet import quiet_until
from services.notifications.wording import digest


class HeldAlerts(Protocol):
    def taken(self, *, by: str) -> Sequence[Held]:
        """What the tick of id *by* took when it came before."""
        ...

    def waiting(self, *, before: datetime) -> Sequence[str]:
        """The users with something that may go by then."""
        ...

    def take(self, user_id: str, *, by: str, before: datetime) -> Sequence[Held]:
        """What of a user's may go by then, taken for the tick of id *by*; nothing where another is at it."""
        ...

    def keep_digest(self, digest: AlertFiredV1, *, by: str, at: datetime) -> None:
        """A repeat changes nothing."""
        ...


class Subscriptions(Protocol):
    def contact(self, user_id: str) -> ContactChangedV1 | None: ...

    def still_follows(self, user_id: str, ticker: str | None) -> bool: ...


def release_held(due: Due, publish: Publish, *, held: HeldAlerts, subscriptions: Subscriptions) -> None:
    """Announce one digest for each user whose alerts may go now. Safe to repeat.

    Whose quiet hours hold at this tick keeps everything for a later one.
    """
    tick = publish.cause.id
    taken = list(held.taken(by=tick))
    done = {one.alert.user_id for one in taken}
    for user_id in held.waiting(before=due.due_at):
        if user_id not in done and not _is_quiet(subscriptions.contact(user_id), due.due_at):
            taken += held.take(user_id, by=tick, before=due.due_at)
    for user_id, theirs in groupby(sorted(taken, key=_order), key=lambda one: one.alert.user_id):
        if digest := _gathered(user_id, list(theirs), due, publish, subscriptions):
            held.keep_digest(digest, by=tick, at=due.due_at)
            publish(digest)


def _is_quiet(contact: ContactChangedV1 | None, at: datetime) -> bool:
    return contact is not None and quiet_until(at, contact.quiet_hours, contact.time_zone) is not None


def _gathered(
    user_id: str, held: Sequence[Held], due: Due, publish: Publish, subscriptions: Subscriptions
) -> AlertFiredV1 | None:
    """The digest of what is wanted still; what is not is told as held back."""
    contact, wanted = subscriptions.contact(user_id), list[Held]()
    for one in _each_once(held):
        alert = one.alert
        channels = tuple(c for c in one.later.channels if not is_muted(contact, c, alert.rule))
        if not subscriptions.still_follows(user_id, alert.ticker):
            publish(held_back(alert, "no longer followed"))
        elif not channels:
            publish(held_back(alert, f"{', '.join(one.later.channels)} is muted"))
        else:
            wanted.append(replace(one, later=replace(one.later, channels=channels)))
    return _digest(wanted, due) if wanted else None


def _each_once(held: Sequence[Held]) -> Iterable[Held]:
    """An alert that waited on several channels by itself, as one."""
    for _, several in groupby(held, key=lambda one: one.alert.notification_id):
        first, *others = several
        channels = dict.fromkeys((*first.later.channels, *(c for o in others for c in o.later.channels)))
        yield replace(first, later=replace(first.later, channels=tuple(channels)))


def _order(held: Held) -> tuple[str, str, str]:
    alert = held.alert
    return alert.user_id, instant_text(alert.occurred_at), alert.notification_id


def _digest(held: Sequence[Held], due: Due) -> AlertFiredV1:
    # Named by the tick, not by what was waited for: what comes late to the same end goes out with a later
    # tick, and under the same name the ledger would take it for told already.
    own = notification_id(held[0].alert.user_id, "digest", instant_text(due.due_at))
    message, tickers = digest(held), {one.alert.ticker for one in held}
    return AlertFiredV1(
        notification_id=own,
        user_id=held[0].alert.user_id,
        ticker=tickers.pop() if len(tickers) == 1 else None,
        rule=held[0].alert.rule,
        channels=tuple(kind for kind in LOUD if any(kind in one.later.channels for one in held)),
        title=message.title,
        body=message.body(own),
        reason=f"{', '.join(dict.fromkeys(one.later.why for one in held))}, alerts: {len(held)}",
        occurred_at=max(one.alert.occurred_at for one in held),
        evidence=_evidence(held),
        digest=True,
    )


def _evidence(held: Iterable[Held]) -> tuple[str, ...]:
    """By rank, so that each alert keeps its follow and its event when there is no room for all."""
    ranked = sorted((rank, id_) for one in held for rank, id_ in enumerate(one.alert.evidence))
    return tuple(dict.fromkeys(id_ for _, id_ in ranked))[:MAX_EVIDENCE]
