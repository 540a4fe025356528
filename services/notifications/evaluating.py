"""Holds what happened against the rules of those who follow it; who passes a line is told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Protocol

from contracts.events.app import AlertRule, ContactChangedV1
from contracts.events.envelope import Envelope, Publish
from contracts.events.market_data import DailyBarClosedV1, DrawdownsRankedV1, PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.alerts import Evaluation, rule_name, session_day
from services.notifications.composing import Finding, Occasion, evaluated
from services.notifications.falling import fall, ranked_falls
from services.notifications.following import Follow
from services.notifications.moments import moment
from services.notifications.rules import Trigger, Verdict, judge
from services.notifications.settling import Evaluations, HeldAlerts, settle
from services.notifications.wording import daily_summary, write

Heard = PriceUpdatedV1 | TickerSentimentShiftedV1 | DirectionPredictedV1
"""Events about one ticker."""


class Subscriptions(Protocol):
    def followers(self, ticker: str) -> Iterable[Follow]: ...

    def contact(self, user_id: str) -> ContactChangedV1 | None: ...

    def asked_for(self, kind: str) -> Iterable[str]:
        """Tickers anybody ever had a rule of that kind for."""
        ...


class History(Protocol):
    def put(self, heard: Trigger) -> None: ...

    def between(self, kind: str, ticker: str, since: datetime, until: datetime) -> Iterable[Trigger]: ...

    def last_bars(self, ticker: str, *, until: date, limit: int) -> Sequence[DailyBarClosedV1]: ...


@dataclass(frozen=True)
class Kept:
    """What evaluating reads and writes."""

    subscriptions: Subscriptions
    evaluations: Evaluations
    held: HeldAlerts
    history: History


def evaluate_rules(event: Heard, publish: Publish, *, kept: Kept) -> None:
    """Hold an event about a ticker against the rules of its followers. Safe to repeat."""
    kept.history.put(event)
    follows = kept.subscriptions.followers(event.ticker)
    _evaluate(event, _occasion(event, publish.cause), follows, publish, kept)


def evaluate_drawdowns(event: DrawdownsRankedV1, publish: Publish, *, kept: Kept) -> None:
    """Hold the day's falls against the rules of those who asked. Safe to repeat.

    A ranking names only the furthest fallen; the others are measured the same way from the bars heard here.
    """
    named, aside = ranked_falls(event), {one.ticker: one.why for one in event.set_aside}
    for ticker in kept.subscriptions.asked_for("drawdown"):
        follows = [f for f in kept.subscriptions.followers(ticker) if _has(f, "drawdown")]
        if not follows:
            continue
        fallen = named.get(ticker)
        if fallen is None and ticker not in aside:
            bars = kept.history.last_bars(ticker, until=event.date, limit=event.sessions)
            fallen = fall(bars, day=event.date, sessions=event.sessions, peak_of=event.peak_of)
        if fallen is None:
            why = f"it has no rank that day: {aside.get(ticker, 'its bars were not heard here')}"
            _note_unknown(why, event, follows, publish.cause, kept)
        else:
            kept.history.put(fallen)
            day = event.date.isoformat()
            occasion = Occasion(publish.cause, day, publish.cause.time, moment(fallen))
            _evaluate(fallen, occasion, follows, publish, kept)


def evaluate_summary(event: DailySummaryPublishedV1, publish: Publish, *, kept: Kept) -> None:
    """Tell everyone who asked for it about the day of the tickers they follow. Safe to repeat."""
    at = publish.cause.time
    occasion = Occasion(publish.cause, event.date.isoformat(), at, at)
    followed: dict[str, dict[str, Follow]] = {}
    for day in event.tickers:
        for follow in kept.subscriptions.followers(day.ticker):
            if _has(follow, "daily_summary"):
                followed.setdefault(follow.user_id, {})[day.ticker] = follow
    findings = [_summed_up(user_id, follows, event) for user_id, follows in followed.items()]
    _settle_all(findings, occasion, None, publish, kept)


def _evaluate(
    event: Trigger, occasion: Occasion, follows: Iterable[Follow], publish: Publish, kept: Kept
) -> None:
    findings = [finding for follow in follows for finding in _findings(follow, event)]
    _settle_all(findings, occasion, event, publish, kept)


def _settle_all(
    findings: Sequence[Finding], occasion: Occasion, event: Trigger | None, publish: Publish, kept: Kept
) -> None:
    rows = [
        settle(
            finding,
            occasion,
            publish,
            session=event.session if isinstance(event, PriceUpdatedV1) else None,
            contact=kept.subscriptions.contact,
            evaluations=kept.evaluations,
            held=kept.held,
            between=partial(kept.history.between, finding.rule.kind, finding.ticker or ""),
        )
        for finding in findings
    ]
    kept.evaluations.keep(rows)


def _note_unknown(
    why: str, event: DrawdownsRankedV1, follows: Iterable[Follow], cause: Envelope, kept: Kept
) -> None:
    occasion = Occasion(cause, event.date.isoformat(), cause.time, cause.time)
    rows: list[Evaluation] = []
    for follow in follows:
        for rule in _rules(follow):
            if rule.kind == "drawdown":
                verdict = Verdict(False, why, {})
                finding = Finding(follow.user_id, follow.ticker, rule, (follow.event_id,), verdict)
                rows.append(evaluated(finding, occasion, "missed", why))
    kept.evaluations.keep(rows)


def _occasion(event: Heard, cause: Envelope) -> Occasion:
    at = moment(event)
    if isinstance(event, PriceUpdatedV1):
        return Occasion(cause, session_day(at), at, at)
    if isinstance(event, TickerSentimentShiftedV1):
        return Occasion(cause, session_day(at), at, at, event.evidence)
    return Occasion(cause, event.date.isoformat(), cause.time, at)


def _findings(follow: Follow, event: Trigger) -> Iterator[Finding]:
    for rule in _rules(follow):
        if verdict := judge(rule, event):
            message = partial(write, rule, event) if verdict.fires else None
            yield Finding(follow.user_id, follow.ticker, rule, (follow.event_id,), verdict, message)


def _rules(follow: Follow) -> Iterable[AlertRule]:
    """Each rule once by its name: of two that differ in their cooldown alone, the last."""
    return {rule_name(rule): rule for rule in follow.rules}.values()


def _has(follow: Follow, kind: str) -> bool:
    return any(rule.kind == kind for rule in follow.rules)


def _summed_up(user_id: str, follows: Mapping[str, Follow], event: DailySummaryPublishedV1) -> Finding:
    days = [day for day in event.tickers if day.ticker in follows]
    tickers = ", ".join(day.ticker for day in days)
    reason = f"tickers you follow in the day's summary: {len(days)}"
    ids = tuple(follows[day.ticker].event_id for day in days)
    rule, verdict = AlertRule(kind="daily_summary"), Verdict(True, reason, {"tickers": tickers})
    return Finding(user_id, None, rule, ids, verdict, partial(daily_summary, event, days))
