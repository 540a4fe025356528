"""Makes an alert out of a rule that fired: its place in the day, its channels, its evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.events.app import AlertRule, ContactChangedV1
from contracts.events.envelope import Envelope
from contracts.events.notifications import AlertFiredV1, NotificationHeldV1
from services.notifications.alerts import LOUD, Claim, Evaluation, Later, notification_id, rule_name
from services.notifications.localised import Figures
from services.notifications.noise import is_muted, local_day, next_digest
from services.notifications.quiet import quiet_until
from services.notifications.rules import Verdict
from services.notifications.wording import Message

MAX_EVIDENCE = 40
"""Ids an event may name."""


@dataclass(frozen=True)
class Finding:
    """A user's rule held against an event; *follows* are the events that said they follow.

    *message* is what to say, its figures as the reader writes them; none where nothing fired.
    """

    user_id: str
    ticker: str | None
    rule: AlertRule
    follows: tuple[str, ...]
    verdict: Verdict
    message: Callable[[Figures], Message] | None = None


@dataclass(frozen=True)
class Occasion:
    """What of an event goes into every alert it leads to. *day* is the session's, as an ISO date; *moment* is
    its place among all that was heard of the ticker."""

    cause: Envelope
    day: str
    occurred_at: datetime
    moment: datetime
    evidence: tuple[str, ...] = ()


def compose(
    finding: Finding,
    message: Message,
    occasion: Occasion,
    contact: ContactChangedV1 | None,
    *,
    number: int = 1,
    capped: bool = False,
) -> Claim:
    """The alert *finding* leads to, as the *number*th of its day. The inbox gets it at once; channels that
    make a noise wait for quiet hours to end, for the digest, and where the user's cap is reached."""
    at = occasion.cause.time
    loud = loud_channels(contact, finding.rule.kind)
    later = _later(at, contact, loud, capped=capped or bool(contact and contact.daily_cap == 0))
    alert = _alert(finding, message, occasion, ("inbox",) if later else ("inbox", *loud), number)
    counts = contact and contact.daily_cap is not None and loud and not later
    return Claim(
        alert,
        occasion.cause.id,
        at,
        later,
        moment=occasion.moment,
        day=occasion.day,
        number=number,
        loud=(local_day(at, contact), contact.daily_cap or 0) if contact and counts else None,
    )


def loud_channels(contact: ContactChangedV1 | None, rule: str) -> tuple[str, ...]:
    """The channels that make a noise, as far as the user named them and did not mute this kind of rule."""
    wanted = {channel.kind for channel in contact.channels} if contact else set()
    return tuple(kind for kind in LOUD if kind in wanted and not is_muted(contact, kind, rule))


def _later(
    at: datetime, contact: ContactChangedV1 | None, loud: tuple[str, ...], *, capped: bool
) -> Later | None:
    if contact is None or not loud:
        return None
    waits: dict[str, datetime] = {}
    # Whether it is night is a matter of when the message would go out, not of when the quote was taken.
    if quiet := quiet_until(at, contact.quiet_hours, contact.time_zone):
        waits["quiet hours"] = quiet
    if contact.digest_at:
        waits["the digest"] = next_digest(at, contact)
    if capped:
        waits["the day's cap is reached"] = next_digest(at, contact)
    return Later(loud, max(waits.values()), ", ".join(waits)) if waits else None


def _alert(
    finding: Finding, message: Message, occasion: Occasion, channels: tuple[str, ...], number: int
) -> AlertFiredV1:
    named = (finding.user_id, finding.ticker or "", rule_name(finding.rule), occasion.day)
    again = (str(number),) if number > 1 else ()
    own = notification_id(*named, finding.verdict.direction, *again)
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
    reason = f"{later.why}: {', '.join(later.channels)} waits, the inbox has it"
    return held_back(alert, reason, later.until)


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
