"""Lets go of what waited for the end of quiet hours: one digest a user."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish, instant_text
from contracts.events.notifications import AlertFiredV1
from services.notifications.alerts import LOUD, Held, notification_id
from services.notifications.composing import MAX_EVIDENCE, held_back
from services.notifications.wording import digest


class HeldAlerts(Protocol):
    def take(self, *, by: str, before: datetime) -> Sequence[Held]:
        """What may go by then, taken for the tick of id *by*; the same tick gets the same again."""
        ...


class Subscriptions(Protocol):
    def still_follows(self, user_id: str, ticker: str | None) -> bool: ...


def release_held(due: Due, publish: Publish, *, held: HeldAlerts, subscriptions: Subscriptions) -> None:
    """Announce one digest for each user whose quiet hours ended. Safe to repeat."""
    taken = sorted(held.take(by=publish.cause.id, before=due.due_at), key=_order)
    for user_id, theirs in groupby(taken, key=lambda one: one.alert.user_id):
        wanted = []
        for one in theirs:
            if subscriptions.still_follows(user_id, one.alert.ticker):
                wanted.append(one)
            else:
                publish(held_back(one.alert, "no longer followed"))
        if wanted:
            publish(_digest(wanted, due))


def _order(held: Held) -> tuple[str, str, str]:
    alert = held.alert
    return alert.user_id, instant_text(alert.occurred_at), alert.notification_id


def _digest(held: Sequence[Held], due: Due) -> AlertFiredV1:
    # Named by the tick, not by the end of quiet: what comes late to the same end goes out with a later
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
        reason=f"held in quiet hours, alerts: {len(held)}",
        occurred_at=max(one.alert.occurred_at for one in held),
        evidence=_evidence(held),
    )


def _evidence(held: Iterable[Held]) -> tuple[str, ...]:
    """By rank, so that each alert keeps its follow and its event when there is no room for all."""
    ranked = sorted((rank, id_) for one in held for rank, id_ in enumerate(one.alert.evidence))
    return tuple(dict.fromkeys(id_ for _, id_ in ranked))[:MAX_EVIDENCE]
