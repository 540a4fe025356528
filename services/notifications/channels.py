"""What a channel is to those who use it: it takes a message to an address and says what came of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.events.notifications import AlertFiredV1


@dataclass(frozen=True)
class Delivered:
    """The channel took the message; *receipt* is what it calls it, where it can be edited by that."""

    receipt: str = ""


@dataclass(frozen=True)
class Wait:
    """The channel takes nothing for so many *seconds*; nothing was sent. *until* is the moment that was set
    aside for the message, where it waits for its turn."""

    seconds: int
    why: str
    until: datetime | None = None


@dataclass(frozen=True)
class Refused:
    """The channel will never take this message."""

    why: str


@dataclass(frozen=True)
class Gone:
    """Nobody can be reached at this address any more."""

    why: str


Outcome = Delivered | Wait | Refused | Gone


class NotTaken(Exception):
    """A channel says that it did not take this message; it may be tried again."""


class Channel(Protocol):
    def send(self, address: str, alert: AlertFiredV1) -> Outcome:
        """Raises NotTaken. What else it raises leaves open whether the message was taken: it is tried again,
        and counted as ambiguous."""
        ...


Secret = Callable[[str], str | None]
"""The operator's key of that name; none where there is none."""


def address_key(kind: str, address: str) -> str:
    """An address's name among the dead: a hash, for who has left is not to be known by it."""
    written = address.strip().lower() if kind == "email" else address.strip()
    return f"{kind}#{hashlib.sha256(written.encode()).hexdigest()}"


def not_set_up(kind: str) -> Refused:
    return Refused(f"{kind} is not set up here: no key of it is in the parameter store")
