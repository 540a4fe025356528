"""Answers why a user was told something, and why they were not."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from contracts.events.app import AlertRule
from contracts.events.envelope import Name, Ticker, UserId
from services.notifications.alerts import Claim, rule_name
from services.notifications.following import Follow
from services.notifications.replying import Problem, Reply, Request, answered

SHOWN, MOST = 20, 100
"""Evaluations told unless said, and at most."""
WHOLE_DAY = "daily_summary"
"""The one kind that is about no ticker."""

Row = Mapping[str, Any]


class Evaluations(Protocol):
    def claimed(self, user_id: str, notification_id: str) -> Claim | None: ...

    def evaluation_behind(self, claim: Claim) -> Row | None:
        """The row of the rule and event that fired; none of a digest, which gathers several."""
        ...

    def latest(self, user_id: str, ticker: str, rule: str, limit: int) -> Iterable[Row]:
        """The rows of a rule by its name, newest first."""
        ...


class Subscriptions(Protocol):
    def follow_of(self, user_id: str, ticker: str) -> Follow | None: ...

    def followed(self, user_id: str) -> Iterable[str]: ...


def tell_why(request: Request, *, evaluations: Evaluations) -> Reply:
    """GET /why/{id}. Another user's message is as unknown as one that never was."""
    user_id = asking_user(request)
    own = str((request.get("pathParameters") or {}).get("id") or "")
    found = evaluations.claimed(user_id, own) if _is(Name, own) else None
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "id: no message of this id went to this user in 45 days", "id")
    return answered(why(found, evaluations.evaluation_behind(found)))


def tell_why_not(request: Request, *, evaluations: Evaluations, subscriptions: Subscriptions) -> Reply:
    """GET /why-not?ticker&rule."""
    asked = request.get("queryStringParameters") or {}
    user_id, rule = asking_user(request), str(asked.get("rule") or "")
    ticker = str(asked.get("ticker") or "")
    kind = rule.partition("@")[0]
    if kind not in KINDS:
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"rule: send one of {', '.join(KINDS)}, or price_move@10", "rule"
        )
    if kind != WHOLE_DAY and not _is(Ticker, ticker):
        raise Problem(HTTPStatus.BAD_REQUEST, "ticker: send a symbol in capitals: GME, BRK.B", "ticker")
    limit = _limit(asked.get("limit"))
    return answered(
        why_not(user_id, ticker, rule, limit, evaluations=evaluations, subscriptions=subscriptions)
    )


def asking_user(request: Request) -> str:
    """Whom an authorizer names in `requestContext.authorizer.user_id`; without one, `user` of the query.

    Once there is an authorizer, the query is not believed any more.
    """
    authorizer = (request.get("requestContext") or {}).get("authorizer") or {}
    asked = request.get("queryStringParameters") or {}
    user_id = authorizer.get("user_id") or asked.get("user")
    if not _is(UserId, user_id):
        raise Problem(HTTPStatus.BAD_REQUEST, "user: send the user's id as the app knows it", "user")
    return str(user_id)


def why(claim: Claim, evaluation: Row | None) -> dict[str, Any]:
    """The alert, the rule and figures behind it, the events it rests on, and what waited."""
    alert = claim.alert.model_dump(mode="json")
    told = {name: alert[name] for name in _ALERT}
    event = {"id": claim.event_id, "type": evaluation["event_type"]} if evaluation else {"id": claim.event_id}
    more = {"figures": _plain(evaluation.get("figures", {}))} if evaluation else {}
    if evaluation and "threshold" in evaluation:
        more["threshold"] = str(evaluation["threshold"])
    if claim.later:
        until = claim.later.until.isoformat().replace("+00:00", "Z")
        more["waits"] = {"channels": list(claim.later.channels), "until": until, "why": claim.later.why}
    return {**told, "event": event, **more}


def why_not(
    user_id: str,
    ticker: str,
    rule: str,
    limit: int,
    *,
    evaluations: Evaluations,
    subscriptions: Subscriptions,
) -> dict[str, Any]:
    """What a user's rules of a kind, or the one named with its threshold, came to: in a sentence, and row by
    row, the newest first."""
    kind = rule.partition("@")[0]
    if kind == WHOLE_DAY:
        rules: tuple[AlertRule, ...] = (AlertRule(kind=kind),)
        missing = _no_summary(user_id, subscriptions)
        rows = list(evaluations.latest(user_id, "-", kind, limit))
    else:
        follow = subscriptions.follow_of(user_id, ticker)
        rules = tuple(one for one in follow.rules if _meant(one, rule)) if follow else ()
        missing = _no_rule(user_id, ticker, rule, follow) if not rules else ""
        names = [rule_name(one) for one in rules] or [rule]
        found = (row for name in names for row in evaluations.latest(user_id, ticker, name, limit))
        rows = sorted(found, key=lambda row: str(row["at"]), reverse=True)[:limit]
    return {
        "user": user_id,
        **({"ticker": ticker} if kind != WHOLE_DAY else {}),
        "rule": rule,
        "rules": [rule_name(one) for one in rules],
        "answer": missing or _answer(rows, ticker or "the day"),
        "evaluations": [_evaluation(row) for row in rows],
    }


def _meant(rule: AlertRule, asked: str) -> bool:
    return asked in (rule.kind, rule_name(rule))


def _no_rule(user_id: str, ticker: str, rule: str, follow: Follow | None) -> str:
    if follow is None:
        return f"{user_id} does not follow {ticker}"
    has = ", ".join(rule_name(one) for one in follow.rules) or "none"
    return f"{user_id} follows {ticker} without such a rule; their rules: {has}"


def _no_summary(user_id: str, subscriptions: Subscriptions) -> str:
    for ticker in subscriptions.followed(user_id):
        follow = subscriptions.follow_of(user_id, ticker)
        if follow and any(one.kind == WHOLE_DAY for one in follow.rules):
            return ""
    return f"{user_id} asked for the day's summary of no ticker they follow"


def _answer(rows: list[Row], ticker: str) -> str:
    if not rows:
        return f"nothing that such a rule is held against was heard of {ticker} in 45 days"
    last = rows[0]
    by = f" by {last['short_by']}" if "short_by" in last else ""
    return f"{last['outcome']}{by}: {last['reason']}"


def _evaluation(row: Row) -> dict[str, Any]:
    told = {name: _plain(row[name]) for name in _EVALUATION if name in row}
    return {**told, "event": {"id": row["event_id"], "type": row["event_type"]}}


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _limit(stated: Any) -> int:
    if stated is None:
        return SHOWN
    if not str(stated).isascii() or not str(stated).isdecimal() or not 1 <= int(str(stated)[:6]) <= MOST:
        raise Problem(HTTPStatus.BAD_REQUEST, f"limit: send a whole number from 1 to {MOST}", "limit")
    return int(stated)


def _is(kind: Any, value: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


KINDS = (
    "price_move",
    "price_level",
    "sentiment_shift",
    "mention_surge",
    "drawdown",
    "direction",
    WHOLE_DAY,
)
_ALERT = (
    "notification_id",
    "user_id",
    "ticker",
    "rule",
    "title",
    "reason",
    "channels",
    "digest",
    "occurred_at",
    "evidence",
)
_EVALUATION = ("at", "rule", "threshold", "outcome", "reason", "short_by", "figures", "notification_id")
