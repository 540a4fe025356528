"""When a message may go: in its turn on its lane, and while it is still news."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LATE = timedelta(minutes=15)
"""An alert that is older interrupts nobody on its own: after an outage they come as one digest."""
_RECORDED = timedelta(days=18)
"""Queues keep a message four days and dead letters fourteen: what is older is a recording, not a backlog."""


@dataclass(frozen=True)
class Pace:
    """*spacing* lies between two messages to one address, or on a channel that is one lane for all."""

    spacing: timedelta
    one_lane: bool = False

    def lane(self, kind: str, address: str) -> str:
        return kind if self.one_lane else f"{kind}/{address}"


@dataclass(frozen=True)
class Lane:
    """The next moment that is free on a lane, and until when its channel wants nothing at all."""

    free_at: datetime
    paused_until: datetime


def is_late(at: datetime, now: datetime) -> bool:
    return LATE < now - at < _RECORDED


def slot(lane: Lane | None, *, now: datetime, reserved: datetime | None) -> datetime:
    """The moment a message gets on *lane*; a *reserved* one stays, unless a pause took it away."""
    if lane is None:
        return now
    if reserved and reserved >= lane.paused_until:
        return reserved
    return max(now, lane.free_at, lane.paused_until)
