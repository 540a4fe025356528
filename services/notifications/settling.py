"""Decides what becomes of a rule held against an event: fired, held and why, or missed and by how much."""

from collections.abc import Callable, Sequence
from typing import Protocol

from contracts.events.app import ContactChangedV1
from contracts.events.envelope import Publish
from services.notifications.alerts import CAPPED, CLAIMED, Claim, Evaluation, Held, Place, rule_name
from services.notifications.composing import Finding, Occasion, compose, evaluated, loud_channels, waiting
from services.notifications.gating import Between, Fires, number_of, why_silent
from services.notifications.locales import HOUSE
from services.notifications.localised import figures_for
from services.notifications.noise import is_muted

_TRIES = 8
"""Times a claim is made again after another event was faster."""


class Crowded(Exception):
    """Other events took every place we asked for; the message comes again."""


class Evaluations(Protocol):
    def fires(self, place: Place) -> Fires: ...

    def claim(self, claim: Claim, place: Place, known: Fires) -> str:
        """Takes an alert's place: `claimed`, `overtaken` where the rule fired since *known*, or `capped`."""
        ...

    def claimed(self, user_id: str, notification_id: str) -> Claim | None: ...

    def keep(self, evaluations: Sequence[Evaluation]) -> None: ...


class HeldAlerts(Protocol):
    def hold(self, held: Held) -> None:
        """Keeps an alert for later; one that is kept or released already stays as it is."""
        ...


def settle(
    finding: Finding,
    occasion: Occasion,
    publish: Publish,
    *,
    session: str | None,
    contact: Callable[[str], ContactChangedV1 | None],
    evaluations: Evaluations,
    held: HeldAlerts,
    between: Between,
) -> Evaluation:
    """What becomes of *finding*. A repeat announces what its event was told before, word for word."""
    if finding.message is None:
        return evaluated(finding, occasion, "missed", finding.verdict.reason)
    place = _place(finding)
    capped = False
    for _ in range(_TRIES):
        known = evaluations.fires(place)
        if own := known.by(occasion.cause.id):
            claim = evaluations.claimed(finding.user_id, own.notification_id)
            return _fired(claim, own.notification_id, finding, occasion, publish, held)
        user = contact(finding.user_id)
        if why := _why_held(finding, occasion, session, user, known, between):
            return evaluated(finding, occasion, "held", f"{why}; {finding.verdict.reason}", _told(known))
        number = number_of(occasion.day, known.last)
        message = finding.message(figures_for(user.locale if user else HOUSE))
        claim = compose(finding, message, occasion, user, number=number, capped=capped)
        outcome = evaluations.claim(claim, place, known)
        if outcome == CLAIMED:
            return _fired(claim, claim.alert.notification_id, finding, occasion, publish, held)
        capped = capped or outcome == CAPPED
    raise Crowded(f"{finding.ticker} {rule_name(finding.rule)}")


def _place(finding: Finding) -> Place:
    return Place(finding.user_id, finding.ticker, rule_name(finding.rule), finding.verdict.direction)


def _told(known: Fires) -> str | None:
    return known.last.notification_id if known.last else None


def _why_held(
    finding: Finding,
    occasion: Occasion,
    session: str | None,
    user: ContactChangedV1 | None,
    known: Fires,
    between: Between,
) -> str | None:
    if session not in (None, "regular") and user and not user.extended_hours:
        return "outside the regular session, and extended hours are off"
    kind = finding.rule.kind
    if is_muted(user, "inbox", kind) and not loud_channels(user, kind):
        return f"{kind} is muted"
    direction, at = finding.verdict.direction, occasion.moment
    return why_silent(finding.rule, direction, at, occasion.day, known.last, between)


def _fired(
    claim: Claim | None,
    notification: str,
    finding: Finding,
    occasion: Occasion,
    publish: Publish,
    held: HeldAlerts,
) -> Evaluation:
    reason = finding.verdict.reason
    # The claim's own words, not a second reading of the event: a repeat says the same thing, even when the
    # user's contact or rules have changed in between. It is none where its user has left since.
    if claim:
        publish(claim.alert)
        if claim.later:
            held.hold(Held(claim.alert, claim.later, claim.at))
            publish(waiting(claim.alert, claim.later))
            reason = f"{reason}; {claim.later.why}: {', '.join(claim.later.channels)} waits"
    return evaluated(finding, occasion, "fired", reason, notification)
