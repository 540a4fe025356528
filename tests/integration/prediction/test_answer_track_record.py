"""AnswerTrackRecord through its real handler, asked as API Gateway asks it."""

import json
from typing import Any

from services.prediction.chaining import FIRST, Told, chained
from services.prediction.forecasts import ForecastsTable
from tests.bench import Bench
from tests.builders import a_forecast, a_resolution


def ask(bench: Bench, asked: dict[str, str] | None) -> tuple[int, dict[str, Any]]:
    request = {
        "resource": "/track-record",
        "path": "/track-record",
        "httpMethod": "GET",
        "queryStringParameters": asked,
        "requestContext": {"requestId": "request-7"},
        "body": None,
    }
    answer = bench.call(request)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_tickers_record_is_told_and_changed_by_nobody_who_asks() -> None:
    with Bench("prediction", "answer_track_record") as bench:
        table = ForecastsTable(bench.table("Forecasts"))
        record = chained(a_forecast(), FIRST)
        table.append([Told(record, "tick-1")])
        table.resolve([a_resolution(record_hash=record.record_hash)], "tick-2")
        before = bench.dump()

        status, answer = ask(bench, {"ticker": "GME"})
        assert status == 200
        first = answer["horizons"][0]
        assert (first["recorded"], first["resolved"], first["brier"]) == (1, 1, 0.2601)
        assert first["chain"] == {"intact": True}
        assert bench.dump() == before


def test_a_refusal_names_the_request() -> None:
    with Bench("prediction", "answer_track_record") as bench:
        status, problem = ask(bench, None)
        assert (status, problem["instance"]) == (400, "request-7")
        assert ask(bench, {"ticker": "GME"})[0] == 404
