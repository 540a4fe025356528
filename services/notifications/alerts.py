"""An alert on its way: what tells it from others, who is told now and who later, and what was decided."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from contracts.events.app import AlertRule, ChannelKind
from contracts.events.notifications import AlertFiredV1
from services.notifications.figures import NEW_YORK, line

LOUD: tuple[ChannelKind, ...] = ("email", "slack", "telegram", "push")
"""Channels that make a noise; the in-app inbox makes none."""


CLAIMED, OVERTAKEN, CAPPED = "claimed", "overtaken", "capped"
"""What comes of claiming an alert's place."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """What may fire: a user's rule, by its name, about a ticker, in a direction."""

    user_id: str
    ticker: str | None
    rule: str
    direction: str


@dataclass(frozen=True)
class Later:
    """The channels that wait for a digest, and why."""

    channels: tuple[ChannelKind, ...]
    until: datetime
    why: str = "quiet hours"


@dataclass(frozen=True)
class Claim:
    """An alert, and the event that took its place: its *moment* and *day*, and as which of that day.

    *loud* is the user's own day and their cap of loud alerts in it, where they named one; *rule* the rule's
    name, which a digest has not.
    """

    alert: AlertFiredV1
    event_id: str
    at: datetime
    later: Later | None = None
    moment: datetime = _NEVER
    day: str = ""
    number: int = 1
    loud: tuple[str, int] | None = None
    rule: str = ""


@dataclass(frozen=True)
class Held:
    """An alert that is in the inbox already, and waits for its loud channels."""

    alert: AlertFiredV1
    later: Later
    at: datetime


@dataclass(frozen=True)
class Evaluation:
    """One rule held against one event, and what came of it: `fired`, `held` or `missed`."""

    user_id: str
    ticker: str | None
    rule: AlertRule
    event_id: str
    event_type: str
    at: datetime
    outcome: str
    reason: str
    figures: Mapping[str, str]
    short_by: Decimal | None = None
    notification_id: str | None = None


def notification_id(*parts: str) -> str:
    """The id of the alert these parts name: the same parts, the same id (80 bits of SHA-256)."""
    return f"n-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:20]}"


def rule_name(rule: AlertRule) -> str:
    """`price_move@10`: a user may have several lines of one kind, and each may be passed."""
    return rule.kind if rule.threshold is None else f"{rule.kind}@{line(rule.threshold)}"


def session_day(moment: datetime) -> str:
    """The calendar day in New York, whose sessions the figures belong to."""
    return moment.astimezone(NEW_YORK).date().isoformat()
