"""AnswerPredict through its real handler, asked as API Gateway asks it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.prediction.chaining import FIRST, Told, chained
from services.prediction.forecasts import ForecastsTable
from tests.bench import Bench
from tests.builders import a_forecast


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("prediction", "answer_predict") as opened:
        yield opened


def ask(bench: Bench, body: object) -> tuple[int, dict[str, Any]]:
    request = {
        "resource": "/predict",
        "path": "/predict",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "requestContext": {"requestId": "request-7"},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    answer = bench.call(request)
    return answer["statusCode"], json.loads(answer["body"])


def test_rows_are_answered_from_themselves_alone(bench: Bench) -> None:
    before = bench.dump()
    closes = [100 + 5 * (i % 2) for i in range(120)]
    arrays = {name: [1] * 120 for name in ("volume", "positive", "negative", "sentiment")}
    status, answer = ask(bench, {"ticker": "GME", "close": closes, **arrays, "order": "asc"})

    assert (status, answer["next"], answer["ticker"]) == (200, "1.0 0", "GME")
    assert bench.dump() == before


def test_a_ticker_is_answered_from_the_latest_record_of_its_chain(bench: Bench) -> None:
    table = ForecastsTable(bench.table("Forecasts"))
    first = chained(a_forecast(probability_up="0.4"), FIRST)
    second = chained(a_forecast(date="2021-01-28", probability_up="0.6"), first.record_hash)
    table.append([Told(first, "tick-1")])
    table.append([Told(second, "tick-2")])

    status, answer = ask(bench, {"ticker": "GME"})
    assert status == 200
    assert answer["predictions"] == {}
    (horizon,) = answer["horizons"]
    assert (horizon["days"], horizon["date"], horizon["probability"]) == (1, "2021-01-28", 0.6)
    assert horizon["record_hash"] == second.record_hash


def test_a_refusal_names_the_request(bench: Bench) -> None:
    status, problem = ask(bench, {"ticker": "AMC"})

    assert status == 400
    assert problem["instance"] == "request-7"
