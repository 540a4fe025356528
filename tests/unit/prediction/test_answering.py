"""POST /predict: what old clients send and read, in one meaning, and what is refused."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from contracts.events.prediction import DirectionPredictedV1
from services.prediction.answering import answer_predict
from services.prediction.asking import asked_figures
from services.prediction.guessing import caller_features
from tests.builders import a_forecast

ARRAYS = ("close", "volume", "positive", "negative", "sentiment")


class Forecasts:
    """Stands in for the forecasts table."""

    def __init__(self, *records: DirectionPredictedV1) -> None:
        self._records = records

    def latest(self, ticker: str, horizon: int) -> DirectionPredictedV1 | None:
        return next((r for r in self._records if (r.ticker, r.horizon) == (ticker, horizon)), None)


def ask(body: object, *, forecasts: Forecasts | None = None) -> tuple[int, dict[str, Any]]:
    request = {
        "httpMethod": "POST",
        "body": body if isinstance(body, str) else json.dumps(body),
        "requestContext": {"requestId": "request-1"},
    }
    answer = answer_predict(request, forecasts=forecasts or Forecasts())
    kind = "application/json" if answer["statusCode"] == 200 else "application/problem+json"
    assert answer["headers"]["Content-Type"] == kind
    return answer["statusCode"], json.loads(answer["body"])


def figures(rows: int = 120, *, seed: int = 1, **changes: Any) -> dict[str, Any]:
    """Rows oldest first, said to be so."""
    noise = np.random.default_rng(seed)
    return {
        "ticker": "GME",
        "close": (100 * np.exp(np.cumsum(0.02 * noise.standard_normal(rows)))).tolist(),
        "volume": noise.integers(1_000_000, 5_000_000, rows).tolist(),
        "positive": noise.integers(0, 20, rows).tolist(),
        "negative": noise.integers(0, 20, rows).tolist(),
        "sentiment": noise.integers(0, 4, rows).tolist(),
        "order": "asc",
        **changes,
    }


def reversed_rows(body: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v[::-1] if isinstance(v, list) else v for k, v in body.items()}


def tokens(answer: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: answer[name].split(" ") for name in ("next", "week", "month")}


@pytest.mark.parametrize("rows", [29, 30, 60, 120])
@pytest.mark.parametrize(
    "sentiment",
    [
        lambda i: i % 4,
        lambda i: ("POS", "NEG", "NEUT")[i % 3],
        lambda i: round(0.017 * (i % 100) - 0.8, 3),
        lambda i: 1,
        lambda i: 0,
        lambda i: "NEUT",
    ],
    ids=["codes", "words", "floats", "always positive", "never any", "always neutral"],
)
def test_every_kind_of_sentiment_gets_an_answer_both_old_clients_can_read(rows: int, sentiment: Any) -> None:
    status, answer = ask(figures(rows, sentiment=[sentiment(i) for i in range(rows)]))

    assert status == 200
    for score, label in tokens(answer).values():
        assert 0.0 <= float(score) <= 1.0
        assert label in ("0", "1")
    assert answer["ticker"] == "GME"
    assert [horizon["days"] for horizon in answer["horizons"]] == [1, 10, 21]


@pytest.mark.parametrize(("growth", "label", "probable"), [(1.01, "1", 0.6), (0.99, "0", 0.4)])
def test_a_steady_trend_is_told_and_is_no_skill(growth: float, label: str, probable: float) -> None:
    close = (100 * growth ** np.arange(120)).tolist()
    _, answer = ask(figures(close=close))

    assert {pair[1] for pair in tokens(answer).values()} == {label}
    for horizon in answer["horizons"]:
        assert (horizon["probability"] > probable) == (label == "1")
        assert (horizon["edge"], horizon["direction"]) == (False, "no_edge")


@pytest.mark.parametrize(("last", "label"), [(105, "0"), (100, "1")])
def test_one_means_up_in_the_rows_to_come_not_in_those_behind(last: int, label: str) -> None:
    """Closes go up and down in turn: what has just risen falls next."""
    close = [last if i % 2 else 205 - last for i in range(120)]

    assert tokens(ask(figures(close=close))[1])["next"][1] == label


def test_a_rule_that_can_be_learnt_has_an_edge() -> None:
    _, answer = ask(figures(close=[100 + 5 * (i % 2) for i in range(120)]))
    (first, *_) = answer["horizons"]

    assert first["validated_accuracy"] == 1.0
    assert (first["edge"], first["direction"]) == (True, "down")
    assert answer["next"] == "1.0 0"


def test_without_enough_forecasts_the_score_is_the_fallback_token() -> None:
    _, answer = ask(figures(60))

    assert {pair[0] for pair in tokens(answer).values()} == {"0.0"}
    assert all(horizon["validated_accuracy"] is None for horizon in answer["horizons"])
    assert 0 < answer["horizons"][0]["n"] < 60


def test_the_score_is_the_validated_accuracy() -> None:
    _, answer = ask(figures(400))

    for name, horizon in zip(("next", "week", "month"), answer["horizons"], strict=True):
        assert float(answer[name].split(" ")[0]) == horizon["validated_accuracy"]
        assert horizon["n"] >= 60


@pytest.mark.parametrize("seed", range(5))
def test_a_random_walk_has_no_edge(seed: int) -> None:
    assert not any(horizon["edge"] for horizon in ask(figures(400, seed=seed))[1]["horizons"])


def test_newest_first_is_taken_for_granted_as_the_old_client_sends_it() -> None:
    oldest_first = figures()
    newest_first = {k: v for k, v in reversed_rows(oldest_first).items() if k != "order"}

    assert ask(newest_first)[1] == ask(oldest_first)[1] | {"order": "desc"}


def test_dates_say_the_order() -> None:
    days = [str(date(2021, 1, 1) + timedelta(days=i)) for i in range(120)]
    dated = {k: v for k, v in figures(dates=days).items() if k != "order"}

    assert ask(dated)[1]["order"] == "asc"
    assert ask(reversed_rows(dated))[1] == ask(dated)[1] | {"order": "desc"}


def test_the_same_question_has_the_same_answer() -> None:
    assert ask(figures()) == ask(figures())


def test_a_base64_body_is_read() -> None:
    body = b64encode(json.dumps(figures()).encode()).decode()
    answer = answer_predict({"body": body, "isBase64Encoded": True}, forecasts=Forecasts())

    assert json.loads(answer["body"]) == ask(figures())[1]


def replaced(name: str, at: int, value: object) -> dict[str, Any]:
    body = figures()
    body[name][at] = value
    return body


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in figures().items() if key != name}


DAYS = [f"2021-01-{i:02}" for i in range(1, 32)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (figures(28), "close"),
        (figures(5001), "close"),
        *((figures() | {name: figures()[name][:-1]}, name) for name in ARRAYS[1:]),
        *((without(name), name) for name in (*ARRAYS, "ticker")),
        (figures(ticker=7), "ticker"),
        (figures(ticker=""), "ticker"),
        (figures(close="1,2,3"), "close"),
        (replaced("close", 3, float("nan")), "close[3]"),
        (replaced("volume", 0, float("inf")), "volume[0]"),
        (replaced("positive", 1, None), "positive[1]"),
        (replaced("negative", 2, "4"), "negative[2]"),
        (replaced("negative", 2, True), "negative[2]"),
        (replaced("close", 2, 10**400), "close[2]"),
        (replaced("close", 2, 0), "close"),
        (replaced("close", 2, -1.0), "close"),
        (replaced("volume", 2, -1), "volume"),
        (replaced("sentiment", 2, 4), "sentiment"),
        (replaced("sentiment", 2, -1.5), "sentiment"),
        (replaced("sentiment", 2, "POS"), "sentiment[2]"),
        (figures(30, sentiment=["GOOD"] * 30), "sentiment"),
        (figures(order="newest"), "order"),
        (figures(31, order="desc", dates=DAYS), "order"),
        (figures(31, dates=DAYS[:30]), "dates"),
        (figures(31, dates=["2021-01-01", *DAYS[:30]]), "dates"),
        (figures(31, dates=["soon", *DAYS[1:]]), "dates[0]"),
        (figures(31, dates=[20210101, *DAYS[1:]]), "dates[0]"),
        ({}, "ticker"),
        ({"ticker": "not a symbol"}, "ticker"),
        ({"ticker": "GME", "days": 0}, "days"),
        ({"ticker": "GME", "days": "90"}, "days"),
        ("", "body"),
        ("{", "body"),
        ("[]", "body"),
        ("null", "body"),
        ("[" * 100_000, "body"),
        (" " * (1024 * 1024 + 1), "body"),
        ("\ud800", "body"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_field_and_remedy(body: object, field: str) -> None:
    status, problem = ask(body)

    assert status == 400
    assert problem["field"] == field
    assert problem["detail"].startswith(f"{field}: ")
    assert "send" in problem["detail"]
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Bad Request", 400)
    assert problem["instance"] == "request-1"


def told(horizon: int, **changes: Any) -> DirectionPredictedV1:
    return a_forecast(ticker="BRK.B", horizon=horizon, **changes)


@pytest.mark.parametrize("asked", ["BRK.B", "brk-b", " BRK/B "])
def test_a_ticker_alone_gets_its_recorded_forecasts(asked: str) -> None:
    edge = told(10, edge=True, direction="up", probability_up="0.61")
    status, answer = ask({"ticker": asked, "days": 90}, forecasts=Forecasts(told(1), edge))

    assert status == 200
    assert answer["ticker"] == "BRK.B"
    assert answer["predictions"] == {"twoWeek": {"direction": "up", "probability": 0.61}}
    assert [(h["days"], h["edge"], h["date"]) for h in answer["horizons"]] == [
        (1, False, "2021-01-27"),
        (10, True, "2021-01-27"),
    ]


def get(query: dict[str, str] | None, *records: DirectionPredictedV1) -> tuple[int, dict[str, Any]]:
    request = {"httpMethod": "GET", "queryStringParameters": query, "body": None}
    answer = answer_predict(request, forecasts=Forecasts(*records))
    return answer["statusCode"], json.loads(answer["body"])


def test_a_ticker_may_be_asked_for_in_the_address() -> None:
    asked = {"ticker": "BRK.B", "days": 90}

    assert get({"ticker": "brk-b", "days": "90"}, told(1)) == ask(asked, forecasts=Forecasts(told(1)))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (None, "ticker"),
        ({"ticker": "?"}, "ticker"),
        ({"ticker": "7"}, "ticker"),
        ({"ticker": "GME", "days": "0"}, "days"),
        ({"ticker": "GME", "days": "soon"}, "days"),
        ({"ticker": "GME", "days": "9" * 5000}, "days"),
        ({"ticker": "GME", "close": "1"}, "close"),
    ],
)
def test_an_address_that_cannot_be_answered_is_refused(query: dict[str, str] | None, field: str) -> None:
    status, problem = get(query)

    assert (status, problem["field"]) == (400, field)


def test_a_ticker_without_forecasts_is_told_so_where_old_clients_look() -> None:
    status, problem = ask({"ticker": "GME"})

    assert status == 400
    assert "Insufficient" in problem["error"]
    assert problem["error"] == problem["detail"]


def test_features_of_the_rows_sent_look_at_no_later_row() -> None:
    whole = caller_features(asked_figures(figures(120)))
    for rows in (40, 80):
        cut = figures(120) | {name: figures(120)[name][:rows] for name in ARRAYS}
        np.testing.assert_array_equal(caller_features(asked_figures(cut)), whole[:rows])
