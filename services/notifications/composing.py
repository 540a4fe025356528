"""Makes an alert out of a rule that fired: its place in the day, its channels, its evidence."""

from dataclasses import dataclass
from datetime import datetime

from contracts.events.app import AlertRule, ContactChangedV1
from contracts.events.envelope import Envelope
from contracts.events.notifications import AlertFiredV1, NotificationHeldV1
from services.notifications.alerts import LOUD, Claim, Evaluation, Later, notification_id, rule_name
from services.notifications.quiet import quiet_until
from services.notifications.rules import Verdict
from services.notifications.wording import Message

MAX_EVIDENCE = 40
"""Ids an event may name."""


@dataclass(frozen=True)
class Finding:
    """A user's rule held against an event; *follows* are the events that said they follow."""

    user_id: str
    ticker: str | None
    rule: AlertRule
    follows: tuple[str, ...]
    verdict: Verdict
    message: Message | None = None


@dataclass(frozen=True)
class Occasion:
    """What of an event goes into every alert it leads to. *day* is the session's, as an ISO date."""

    cause: Envelope
    day: str
    occurred_at: datetime
    evidence: tuple[str, ...] = ()


def compose(
    finding: Finding, message: Message, occasion: Occasion, contact: ContactChangedV1 | None
) -> Claim:
    """The alert *finding* leads to. At night its loud channels wait; the inbox never does."""
    # Whether it is night is a matter of when the message would go out, not of when the quote was taken.
    until = quiet_until(occasion.cause.time, contact.quiet_hours, contact.time_zone) if contact else None
    wanted = {channel.kind for channel in contact.channels} if contact else set()
    loud = tuple(kind for kind in LOUD if kind in wanted)
    alert = _alert(finding, message, occasion, ("inbox",) if until else ("inbox", *loud))
    later = Later(loud, until) if until and loud else None
    return Claim(alert, occasion.cause.id, occasion.cause.time, later)


def _alert(finding: Finding, message: Message, occasion: Occasion, channels: tuple[str, ...]) -> AlertFiredV1:
    own = notification_id(
        finding.user_id,
        finding.ticker or "",
        rule_name(finding.rule),
        occasion.day,
        finding.verdict.direction,
    )
    # The event itself stays among the evidence, whatever the number of follows.
    follows = finding.follows[: MAX_EVIDENCE - 1]
    return AlertFiredV1(
        notification_id=own,
        user_id=finding.user_id,
        ticker=finding.ticker,
        rule=finding.rule.kind,
        channels=channels,
        title=message.title,
        body=message.body(own),
        reason=finding.verdict.reason,
        occurred_at=occasion.occurred_at,
        evidence=(*follows, occasion.cause.id, *occasion.evidence)[:MAX_EVIDENCE],
    )


def waiting(alert: AlertFiredV1, later: Later) -> NotificationHeldV1:
    """Says openly that *alert* waits on its loud channels."""
    return held_back(alert, f"quiet hours: {', '.join(later.channels)} waits, the inbox has it", later.until)


def held_back(alert: AlertFiredV1, reason: str, until: datetime | None = None) -> NotificationHeldV1:
    return NotificationHeldV1(
        notification_id=alert.notification_id,
        user_id=alert.user_id,
        ticker=alert.ticker,
        rule=alert.rule,
        reason=reason,
        until=until,
        evidence=alert.evidence,
    )


def evaluated(
    finding: Finding, occasion: Occasion, outcome: str, reason: str, notification: str | None = None
) -> Evaluation:
    """What is kept for why and why not."""
    return Evaluation(
        user_id=finding.user_id,
        ticker=finding.ticker,
        rule=finding.rule,
        event_id=occasion.cause.id,
        event_type=occasion.cause.type,
        at=occasion.cause.time,
        outcome=outcome,
        reason=reason,
        figures=finding.verdict.figures,
        short_by=finding.verdict.short_by,
        notification_id=notification,
    )
