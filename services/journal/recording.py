"""Keeps events, so that what led to what can be told later."""

from collections.abc import Sequence
from typing import Protocol

from contracts.events.envelope import Envelope, Publish


class Journal(Protocol):
    def keep(self, envelopes: Sequence[Envelope]) -> None: ...


def record_events(arrivals: Sequence[tuple[Envelope, Publish]], *, journal: Journal) -> None:
    """Keeps a batch of events by id. Safe to repeat: an event never changes under its id."""
    journal.keep([envelope for envelope, _ in arrivals])
