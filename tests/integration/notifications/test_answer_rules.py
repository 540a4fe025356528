"""AnswerRules through its real handler: why, why not, and what a rule would have done."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.notifications import AlertFiredV1
from services.notifications.evaluating import Kept, evaluate_rules
from services.notifications.evaluations import EvaluationsTable
from services.notifications.following import Follow
from services.notifications.held import HeldAlerts
from services.notifications.history import HistoryTable
from services.notifications.releasing import release_held
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import Bench
from tests.builders import NOON, Said, a_bar, a_contact, a_quote, enveloped
from tests.unit.notifications.fakes import a_rule

RULES = (a_rule("price_move", "10"), a_rule("price_move", "200"))
EVENING = {"digest_at": "18:00"}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("notifications", "answer_rules") as bench:
        subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
        for user in ("alice", "bob"):
            subscriptions.follow(Follow(user, "GME", RULES, f"follow-{user}"), at=NOON, admitted=True)
        subscriptions.set_contact(a_contact(**EVENING), "contact-1")
        evaluations = bench.table("Evaluations")
        kept = Kept(
            subscriptions,
            EvaluationsTable(evaluations),
            HeldAlerts(evaluations),
            HistoryTable(bench.table("History")),
        )
        for late, change in ((0, "134.84"), (15, "99.90")):
            quote = a_quote(as_of=NOON + timedelta(minutes=late), change_pct=change)
            evaluate_rules(quote, Said(enveloped(quote, at=quote.as_of)), kept=kept)
        yield bench


def get(bench: Bench, resource: str, user: str | None = "alice", **query: str) -> tuple[int, Any]:
    request: dict[str, Any] = {
        "httpMethod": "GET",
        "resource": resource.split("?")[0],
        "queryStringParameters": query | ({"user": user} if user else {}),
        "requestContext": {"requestId": "r-1"},
    }
    if resource.startswith("/why/"):
        request |= {"resource": "/why/{id}", "pathParameters": {"id": resource.removeprefix("/why/")}}
    return _read(bench.call(request))


def post(bench: Bench, body: Any) -> tuple[int, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return _read(bench.call({"httpMethod": "POST", "resource": "/rules/backtest", "body": text}))


def _read(reply: dict[str, Any]) -> tuple[int, Any]:
    kind = "application/json" if reply["statusCode"] == 200 else "application/problem+json"
    assert reply["headers"]["Content-Type"] == kind
    return reply["statusCode"], json.loads(reply["body"])


def alert_of(bench: Bench, user: str) -> str:
    rows = bench.table("Evaluations").scan()["Items"]
    [found] = [
        r for r in rows if r["sk"].startswith("ALERT#n-") and r["pk"] == f"USER#{user}" and "rule" in r
    ]
    return str(found["sk"].removeprefix("ALERT#"))


def test_a_message_says_why_it_came(bench: Bench) -> None:
    own = alert_of(bench, "alice")
    status, told = get(bench, f"/why/{own}")
    assert status == 200
    assert (told["notification_id"], told["rule"], told["threshold"]) == (own, "price_move", "10")
    assert told["reason"] == "moved +134.84 %, the line was ±10 %"
    assert told["event"] == {"id": enveloped(a_quote(), at=NOON).id, "type": "PriceUpdated.v1"}
    assert told["evidence"] == ["follow-alice", told["event"]["id"]]
    assert told["figures"]["change_pct"] == "134.84"
    assert told["waits"] == {"channels": ["email"], "until": "2021-01-27T23:00:00Z", "why": "the digest"}


def test_a_digest_says_what_it_gathers(bench: Bench) -> None:
    due = Due(schedule="quarters", due_at=NOON + timedelta(hours=6))
    said = Said(enveloped(due))
    subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
    release_held(due, said, held=HeldAlerts(bench.table("Evaluations")), subscriptions=subscriptions)
    [digest] = said.events
    assert isinstance(digest, AlertFiredV1)
    status, told = get(bench, f"/why/{digest.notification_id}")
    assert (status, told["digest"], told["reason"]) == (200, True, "the digest, alerts: 1")
    assert "figures" not in told


@pytest.mark.parametrize("own", ["n-0", "n-1#x", "%00", "", "x" * 200, "USER#bob"])
def test_a_message_that_is_not_known_is_404(bench: Bench, own: str) -> None:
    status, told = get(bench, f"/why/{own}")
    assert (status, told["field"]) == (404, "id")


def test_anothers_message_is_as_unknown_as_none(bench: Bench) -> None:
    assert get(bench, f"/why/{alert_of(bench, 'bob')}") == get(bench, "/why/n-0")


def test_who_is_named_by_an_authorizer_is_believed_and_the_query_is_not(bench: Bench) -> None:
    request = {
        "httpMethod": "GET",
        "resource": "/why/{id}",
        "pathParameters": {"id": alert_of(bench, "bob")},
        "queryStringParameters": {"user": "bob"},
        "requestContext": {"authorizer": {"user_id": "alice"}},
    }
    assert bench.call(request)["statusCode"] == 404
    request["requestContext"] = {"authorizer": {"user_id": "bob"}}
    assert bench.call(request)["statusCode"] == 200


def test_a_silence_says_by_how_much_the_line_was_missed(bench: Bench) -> None:
    status, told = get(bench, "/why-not", ticker="GME", rule="price_move@200")
    assert (status, told["rules"]) == (200, ["price_move@200"])
    assert told["answer"] == "missed by 100.1: moved +99.90 %, the line was ±200 %"
    assert [(row["outcome"], row["short_by"]) for row in told["evaluations"]] == [
        ("missed", "100.1"),
        ("missed", "65.16"),
    ]


def test_a_kind_tells_of_all_its_lines_the_newest_first(bench: Bench) -> None:
    _, told = get(bench, "/why-not", ticker="GME", rule="price_move", limit="3")
    assert told["rules"] == ["price_move@10", "price_move@200"]
    assert [row["outcome"] for row in told["evaluations"]] == ["held", "missed", "fired"]
    assert told["answer"].startswith("held: already told today; moved +99.90 %")


@pytest.mark.parametrize(
    ("user", "ticker", "rule", "answer"),
    [
        ("carol", "GME", "price_move", "carol does not follow GME"),
        ("alice", "AMC", "price_move", "alice does not follow AMC"),
        (
            "alice",
            "GME",
            "drawdown",
            "alice follows GME without such a rule; their rules: price_move@10, price_move@200",
        ),
        ("alice", "", "daily_summary", "alice asked for the day's summary of no ticker they follow"),
    ],
)
def test_a_silence_without_a_rule_says_so(
    bench: Bench, user: str, ticker: str, rule: str, answer: str
) -> None:
    status, told = get(bench, "/why-not", user, ticker=ticker, rule=rule)
    assert (status, told["answer"], told["evaluations"]) == (200, answer, [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({"user": user}, "user") for user in ("", "a b", "a/b", "a#b", "x" * 129, "a\x00")),
        *(
            ({"ticker": t}, "ticker")
            for t in ("", "gme", "$GME", "../x", "GME#1", "A" * 33, "ТSLA", "GME\r\n")
        ),
        *(({"rule": rule}, "rule") for rule in ("", "price", "price_move ", "@10", "DROP TABLE")),
        *(({"limit": limit}, "limit") for limit in ("0", "-1", "101", "abc", "1e9", "", "9" * 99, "²")),
    ],
)
def test_what_is_not_asked_rightly_is_a_problem_that_names_the_field(
    bench: Bench, changes: dict[str, str], field: str
) -> None:
    asked: dict[str, str] = {"ticker": "GME", "rule": "price_move", "user": "alice"} | changes
    status, told = get(bench, "/why-not", asked.pop("user"), **asked)
    assert (status, told["field"]) == (400, field)


def test_other_ways_and_places_are_told_what_there_is(bench: Bench) -> None:
    assert bench.call({"httpMethod": "DELETE", "resource": "/why-not"})["statusCode"] == 405
    assert bench.call({"httpMethod": "GET", "resource": "/elsewhere"})["statusCode"] == 404


@pytest.fixture(scope="module")
def year(bench: Bench) -> Bench:
    """Bars of AMC: every tenth day it gains 12 %, the day after it falls by 5 %, else nothing moves."""
    history = HistoryTable(bench.table("History"))
    close = Decimal(100)
    for n in range(100):
        change = {0: Decimal(12), 1: Decimal(-5)}.get(n % 10, Decimal(0))
        before, close = close, (close * (100 + change) / 100).quantize(Decimal("0.01"))
        history.put(
            a_bar(
                ticker="AMC",
                date=date(2021, 1, 1) + timedelta(days=n),
                close=close,
                high=close,
                low=close,
                previous_close=before,
                change_pct=change,
            )
        )
    return bench


DAYS = {"start": "2021-01-01", "end": "2021-04-10"}


def test_a_rule_is_tried_over_what_was_heard_beside_the_base_rate(year: Bench) -> None:
    rule = {"kind": "price_move", "threshold": "10"}
    status, told = post(year, {"ticker": "AMC", "rule": rule, **DAYS})
    assert status == 200
    assert (told["rule"], told["sessions"], told["fired"], told["passed"]) == ("price_move@10", 100, 10, 10)
    assert told["days_by_their_close_alone"] == 100
    next_day = told["afterwards"][0]
    assert next_day["after_firing"] | {"rose_high": 0} == {
        "n": 10,
        "rose": 0.0,
        "rose_low": 0.0,
        "rose_high": 0,
        "median_pct": -5.0,
    }
    assert (next_day["base_rate"]["n"], next_day["base_rate"]["median_pct"]) == (99, 0.0)


def test_a_fall_is_tried_by_the_bars_alone(year: Bench) -> None:
    status, told = post(year, {"ticker": "AMC", "rule": {"kind": "drawdown", "threshold": "4"}, **DAYS})
    assert (status, told["passed"], told["fired"]) == (200, 64, 8)


def test_quotes_that_were_heard_count_before_closes(year: Bench) -> None:
    body = {"ticker": "GME", "rule": {"kind": "price_level", "threshold": "300"}, **DAYS}
    status, told = post(year, body)
    assert (status, told["looked_at"], told["fired"]) == (200, 2, 1)
    assert told["firings"][0]["at"] == "2021-01-27T17:00:00Z"
    assert told["afterwards"][0]["after_firing"] == {"n": 0}


GOOD = {"ticker": "AMC", "rule": {"kind": "price_move", "threshold": "10"}, **DAYS}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *((text, "body") for text in ("", "{", "[]", "null", "NaN", '"x"', '{"a": NaN}', "{}{}", "[" * 5000)),
        ({}, "ticker"),
        (GOOD | {"ticker": "amc"}, "ticker"),
        (GOOD | {"ticker": 1}, "ticker"),
        (GOOD | {"user": "bob"}, "user"),
        (GOOD | {"rule": None}, "rule"),
        (GOOD | {"rule": {"kind": "price_move"}}, "rule.threshold"),
        (GOOD | {"rule": {"kind": "moon", "threshold": "1"}}, "rule.kind"),
        (GOOD | {"rule": {"kind": "daily_summary"}}, "rule.kind"),
        (GOOD | {"rule": {"kind": "price_move", "threshold": "-1"}}, "rule.threshold"),
        (GOOD | {"rule": {"kind": "price_move", "threshold": "1e300"}}, "rule"),
        (
            GOOD | {"rule": {"kind": "price_move", "threshold": "10", "cooldown_minutes": 1}},
            "rule.cooldown_minutes",
        ),
        (GOOD | {"rule": {"kind": "price_move", "threshold": "10", "more": 1}}, "rule.more"),
        (GOOD | {"start": "soon"}, "start"),
        (GOOD | {"start": "2021-04-11"}, "start"),
        (GOOD | {"start": "2001-01-01"}, "start"),
        (GOOD | {"start": "0001-01-01", "end": "0001-01-02"}, "start"),
        (GOOD | {"start": "9999-12-30", "end": "9999-12-31"}, "start"),
        (GOOD | {"extended_hours": "maybe"}, "extended_hours"),
    ],
)
def test_a_question_that_cannot_be_tried_names_its_field(year: Bench, body: Any, field: str) -> None:
    status, told = post(year, body)
    assert (status, told["field"]) == (400, field)


def test_too_long_a_body_and_a_ticker_nobody_heard_of(year: Bench) -> None:
    assert post(year, json.dumps(GOOD | {"ticker": "A" * 200_000}))[0] == 413
    assert post(year, GOOD | {"ticker": "ZZZ"})[0] == 404
