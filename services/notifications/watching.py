"""Looks at the positions on a schedule, and says once when their top five pass the take-profit line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish, instant_text
from services.notifications.answering import BrokerUnset, Chat, Ledger, shown
from services.notifications.boards import TAKE_PROFIT, Position, monitor, signal
from services.notifications.channels import Delivered, Wait
from services.notifications.delivering import NotDone


class Crossings(Protocol):
    def look(self, *, above: bool, at: datetime) -> datetime | None:
        """Keeps what a look saw; gives since when the line is passed, none where it is not or a later look is
        known. Raises where another look was faster."""
        ...


@dataclass(frozen=True)
class Watch:
    """What watching needs of the world. *chats* are the operator's, by commas; `linked` is none of theirs."""

    chats: str
    positions: Callable[[], Sequence[Position]]
    crossings: Crossings
    chat: Chat
    ledger: Ledger
    warn: Callable[..., None]


def watch_positions(due: Due, publish: Publish, *, watch: Watch) -> None:
    """Tell the operator's chats once a crossing. Safe to repeat; without keys or chats, skipped aloud."""
    chats = [one for name in watch.chats.split(",") if (one := name.strip()) and one != "linked"]
    if not chats:
        watch.warn("positions.unwatched", extra={"reason": "no chat of the operator's is named"})
        return
    try:
        positions = watch.positions()
    except BrokerUnset:
        watch.warn("positions.unwatched", extra={"reason": "no broker's keys are set"})
        return
    mean = signal(positions)
    if mean is None:
        return
    since = watch.crossings.look(above=mean >= TAKE_PROFIT, at=due.due_at)
    if since is not None:
        for one in chats:
            _tell(one, positions, since, watch)


def _tell(chat: str, positions: Sequence[Position], since: datetime, watch: Watch) -> None:
    """A channel that asks to wait is asked again by the queue."""
    try:
        watch.ledger.once(f"take-profit/{instant_text(since)}/{chat}", partial(_post, chat, positions, watch))
    except NotDone as not_done:
        if isinstance(not_done.outcome, Wait):
            raise
        watch.warn("signal.not_told", extra={"reason": getattr(not_done.outcome, "why", "")})


def _post(chat: str, positions: Sequence[Position], watch: Watch) -> str:
    outcome = watch.chat.post(chat, *shown(monitor(positions), 0))
    if not isinstance(outcome, Delivered):
        raise NotDone(outcome)
    return outcome.receipt
