"""AnswerHistory through its real handler, from posts that were really scored."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import boto3
import pytest

from services.sentiment.asking import Span
from services.sentiment.jobs import JobsTable
from services.sentiment.readings import ReadingsTable
from services.sentiment.running_jobs import Job
from services.sentiment.scores import ScoresTable
from tests.bench import Bench
from tests.builders import NOON
from tests.integration.sentiment.test_run_job import SPAN, spoken

TO_NOON = {"end": "2021-01-27T17:05:00Z"}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("sentiment", "answer_history") as opened:
        for number, label in enumerate(("positive", "negative", "positive")):
            spoken(opened, f"reddit:p{number}", NOON - timedelta(hours=2 * number), label)
        yield opened


def asked(bench: Bench, path: str, **query: str) -> tuple[int, Any]:
    in_path = {"jobId": query.pop("jobId")} if "jobId" in query else None
    event = {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "queryStringParameters": query or None,
        "pathParameters": in_path,
        "requestContext": {"requestId": "request-7"},
        "body": None,
    }
    answer = bench.call(event)
    return answer["statusCode"], json.loads(answer["body"])


def test_mentions_are_counted_hour_by_hour_across_midnight(bench: Bench) -> None:
    spoken(bench, "reddit:before", NOON - timedelta(hours=18), "positive")
    status, answer = asked(bench, "/mentions/hourly", tickers="GME,AMC", hours="20", **TO_NOON)
    assert (status, answer["hours"], len(answer["labels"])) == (200, 20, 20)
    ours, theirs = (series["data"] for series in answer["series"])
    assert [position for position, count in enumerate(ours) if count] == [1, 15, 17, 19]
    assert theirs == [0] * 20


def test_a_post_that_was_read_again_is_still_one(bench: Bench) -> None:
    (first,) = ScoresTable(bench.table("Scores")).between("GME", NOON, NOON + timedelta(hours=1))
    readings = ReadingsTable(boto3.resource("dynamodb"), bench.table("Scores"))
    readings.keep([replace(first, model="vader", version="3")])
    _, answer = asked(bench, "/mentions/hourly", tickers="GME", hours="1", **TO_NOON)
    assert answer["series"][0]["data"] == [1]


def test_labels_days_and_velocity_are_told_from_the_same_scores(bench: Bench) -> None:
    _, histogram = asked(bench, "/sentiment/histogram", hours="6", **TO_NOON)
    assert histogram == {"positive": 2, "neutral": 0, "negative": 1, "total": 3, "fallback": 0}
    _, timeline = asked(bench, "/sentiment/timeline", ticker="GME", **TO_NOON)
    assert sum(bar["total"] for bar in timeline["data"][-5:]) == 3
    _, velocity = asked(bench, "/mentions/velocity", tickers="GME", **TO_NOON)
    assert velocity["series"][0]["recent"] >= 3
    _, days = asked(bench, "/sentiment", ticker="GME", startDate="2021-01-27", endDate="2021-01-27")
    (day,) = days["data"]["dailySentiment"]
    assert (day["positive"], day["negative"], day["classification"]) == (2, 1, "POS")


def test_a_job_is_found_by_its_id_and_another_is_not(bench: Bench) -> None:
    assert JobsTable(bench.table("Jobs")).begin(Job(SPAN, NOON), instead_of=None)
    status, told = asked(bench, "/sentiment/job/{jobId}", jobId=SPAN.name)
    assert (status, told["data"]["status"]) == (200, "PENDING")
    status, problem = asked(bench, "/sentiment/job/{jobId}", jobId="GME")
    assert (status, problem["error"]) == (404, "Job not found: GME")


def test_a_longer_span_is_told_once_its_job_is_done(bench: Bench) -> None:
    query = {"ticker": "GME", "startDate": "2020-11-01", "endDate": "2021-01-27"}
    assert asked(bench, "/sentiment", **query)[0] == 400
    span = Span("GME", date(2020, 11, 1), date(2021, 1, 27))
    soon = datetime.fromisoformat("2090-01-01T00:00:00+00:00")
    job = Job(span, soon, "COMPLETED", started_at=soon, ended_at=soon)
    assert JobsTable(bench.table("Jobs")).begin(job, instead_of=None)
    status, told = asked(bench, "/sentiment", **query)
    assert (status, told["data"]["cached"]) == (200, True)
