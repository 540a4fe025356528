"""Holds what happened against the rules of those who follow it; who passes a line is told, once a day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from contracts.events.app import AlertRule, ContactChangedV1
from contracts.events.envelope import Envelope, Publish
from contracts.events.market_data import PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.alerts import Claim, Evaluation, Held, session_day
from services.notifications.composing import Finding, Occasion, compose, evaluated, waiting
from services.notifications.following import Follow
from services.notifications.rules import Trigger, Verdict, judge
from services.notifications.wording import daily_summary, write


class Subscriptions(Protocol):
    def followers(self, ticker: str) -> Iterable[Follow]: ...

    def contact(self, user_id: str) -> ContactChangedV1 | None: ...


class Evaluations(Protocol):
    def claim(self, claim: Claim) -> Claim:
        """Takes the alert's place in its day; gives who has it, which may be an earlier event."""
        ...

    def hold(self, held: Held) -> None:
        """Keeps an alert for later; one that is kept or released already stays as it is."""
        ...

    def keep(self, evaluations: Sequence[Evaluation]) -> None: ...


def evaluate_rules(
    event: Trigger, publish: Publish, *, subscriptions: Subscriptions, evaluations: Evaluations
) -> None:
    """Hold an event about a ticker against the rules of its followers. Safe to repeat."""
    occasion = _occasion(event, publish.cause)
    findings = [f for follow in subscriptions.followers(event.ticker) for f in _findings(follow, event)]
    evaluations.keep([_settle(f, occasion, publish, subscriptions, evaluations) for f in findings])


def evaluate_summary(
    event: DailySummaryPublishedV1,
    publish: Publish,
    *,
    subscriptions: Subscriptions,
    evaluations: Evaluations,
) -> None:
    """Tell everyone who asked for it about the day of the tickers they follow. Safe to repeat."""
    occasion = Occasion(publish.cause, event.date.isoformat(), publish.cause.time)
    followed: dict[str, dict[str, Follow]] = {}
    for day in event.tickers:
        for follow in subscriptions.followers(day.ticker):
            if any(rule.kind == "daily_summary" for rule in follow.rules):
                followed.setdefault(follow.user_id, {})[day.ticker] = follow
    findings = [_summed_up(user_id, follows, event) for user_id, follows in followed.items()]
    evaluations.keep([_settle(f, occasion, publish, subscriptions, evaluations) for f in findings])


def _occasion(event: Trigger, cause: Envelope) -> Occasion:
    if isinstance(event, PriceUpdatedV1):
        return Occasion(cause, session_day(event.as_of), event.as_of)
    if isinstance(event, TickerSentimentShiftedV1):
        return Occasion(cause, session_day(event.window_end), event.window_end, event.evidence)
    assert isinstance(event, DirectionPredictedV1)
    return Occasion(cause, event.date.isoformat(), cause.time)


def _findings(follow: Follow, event: Trigger) -> Iterator[Finding]:
    for rule in dict.fromkeys(follow.rules):
        if verdict := judge(rule, event):
            message = write(rule, event) if verdict.fires else None
            yield Finding(follow.user_id, follow.ticker, rule, (follow.event_id,), verdict, message)


def _summed_up(user_id: str, follows: Mapping[str, Follow], event: DailySummaryPublishedV1) -> Finding:
    days = [day for day in event.tickers if day.ticker in follows]
    tickers = ", ".join(day.ticker for day in days)
    reason = f"tickers you follow in the day's summary: {len(days)}"
    ids = tuple(follows[day.ticker].event_id for day in days)
    rule, verdict = AlertRule(kind="daily_summary"), Verdict(True, reason, {"tickers": tickers})
    return Finding(user_id, None, rule, ids, verdict, daily_summary(event, days))


def _settle(
    finding: Finding,
    occasion: Occasion,
    publish: Publish,
    subscriptions: Subscriptions,
    evaluations: Evaluations,
) -> Evaluation:
    if finding.message is None:
        return evaluated(finding, occasion, "missed", finding.verdict.reason)
    contact = subscriptions.contact(finding.user_id)
    claim = evaluations.claim(compose(finding, finding.message, occasion, contact))
    outcome, reason = "held", f"already told today; {finding.verdict.reason}"
    if claim.event_id == occasion.cause.id:
        outcome, reason = "fired", finding.verdict.reason
        _announce(claim, publish, evaluations)
    return evaluated(finding, occasion, outcome, reason, claim.alert.notification_id)


def _announce(claim: Claim, publish: Publish, evaluations: Evaluations) -> None:
    # The claim's own words, not a second reading of the event: a repeat says the same thing, even when
    # the user's contact or rules have changed in between.
    publish(claim.alert)
    if claim.later:
        evaluations.hold(Held(claim.alert, claim.later, claim.at))
        publish(waiting(claim.alert, claim.later))
