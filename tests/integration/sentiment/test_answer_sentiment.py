"""AnswerSentiment through its real handler, asked as API Gateway asks it."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from services.sentiment.running_jobs import JobAsked
from tests.bench import ACCOUNT, REGION, Bench, BusDown

QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/asked"
GOLDEN = json.loads((Path(__file__).parent / "first_clients.json").read_text(encoding="utf-8"))
"""What the first service's clients send, byte by byte, and what they read."""


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("sentiment", "answer_sentiment", JOBS_QUEUE=QUEUE) as opened:
        boto3.resource("sqs").create_queue(QueueName="asked")
        yield opened


def asked(bench: Bench, body: str, path: str = "/sentiment", **changes: Any) -> tuple[int, dict[str, Any]]:
    event = {
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"requestId": "request-7", "stage": "v1", "identity": {"sourceIp": "127.0.0.1"}},
        "body": body,
        "isBase64Encoded": False,
    }
    answer = bench.call(event | changes)
    return answer["statusCode"], json.loads(answer["body"])


GLAD, SAD = "GME had a wonderful quarter, I am so happy.", "GME is in terrible trouble and I lost everything."


def test_a_text_is_read_by_the_model(bench: Bench) -> None:
    status, reading = asked(bench, json.dumps({"text": GLAD}))
    assert (status, reading["label"], reading["method"]) == (200, "positive", "model")
    assert sum(reading["probabilities"].values()) == pytest.approx(1)


@pytest.mark.parametrize("keys", [("text", "hash"), ("hash", "text")])
def test_sentences_are_counted_whole_whatever_the_order_of_the_keys(
    bench: Bench, keys: tuple[str, str]
) -> None:
    values: dict[str, object] = {"text": [GLAD, SAD, GLAD], "hash": "12345"}
    status, counts = asked(bench, json.dumps({key: values[key] for key in keys}))
    assert status == 200
    assert [int(counts[label][0]) for label in ("positive", "neutral", "negative")] == [2, 0, 1]
    assert 0 < float(counts["positive"][1]) <= 1
    assert counts["hash"] == "12345"


def test_a_batch_reads_as_its_texts_alone(bench: Bench) -> None:
    body = b64encode(json.dumps({"texts": [GLAD, SAD]}).encode()).decode()
    status, batch = asked(bench, body, "/sentiment/batch", isBase64Encoded=True)
    alone = [asked(bench, json.dumps({"text": text}))[1] for text in (GLAD, SAD)]
    assert (status, batch["count"], batch["results"]) == (200, 2, alone)


@pytest.mark.parametrize(
    "text", ["\\ud83d half", "a" * 10_000, "\\u0000 nul", "🚀 moon " * 900, "ÅÄÖ 漢字 \\u202e txet"]
)
def test_odd_text_is_answered(bench: Bench, text: str) -> None:
    status, reading = asked(bench, f'{{"text": "{text}"}}')
    assert (status, reading["method"]) == (200, "model")


@pytest.mark.parametrize(
    ("body", "path", "status"),
    [
        ("{", "/sentiment", 400),
        ('{"texts": []}', "/sentiment/batch", 400),
        ('{"text": "🚀"}', "/sentiment", 422),
    ],
)
def test_a_request_we_cannot_answer_is_told_why(bench: Bench, body: str, path: str, status: int) -> None:
    found, problem = asked(bench, body, path)
    assert (found, problem["status"], problem["instance"]) == (status, status, "request-7")


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_the_first_services_clients_are_answered_as_ever(bench: Bench, case: dict[str, Any]) -> None:
    status, answer = asked(bench, case["sent"])
    assert (status, list(answer)) == (case["status"], list(case["answer"]))
    for key, wanted in case["answer"].items():
        if isinstance(wanted, list):
            count, confidence = answer[key]
            assert (type(count), type(confidence)) == (str, str)
            assert count == wanted[0]
            # Processors round int8 each in their way.
            assert float(confidence) == pytest.approx(float(wanted[1]), abs=0.05)
        else:
            assert answer[key] == wanted


DAYS = json.dumps({"ticker": "GME", "startDate": "2021-01-01", "endDate": "2021-01-31"})


def taken() -> list[JobAsked]:
    """Every job that waits, taken from the queue."""
    queue, found = boto3.resource("sqs").Queue(QUEUE), []
    while messages := queue.receive_messages(MaxNumberOfMessages=10):
        found += [JobAsked.read(json.loads(message.body)["detail"]["data"]) for message in messages]
        for message in messages:
            message.delete()
    return found


def test_a_job_that_is_asked_for_waits_in_the_queue_and_a_repeat_is_the_same_job(bench: Bench) -> None:
    status, first = asked(bench, DAYS)
    assert (status, first["data"]["jobId"], first["data"]["status"]) == (
        200,
        "GME_2021-01-01_2021-01-31",
        "PENDING",
    )
    before = bench.dump()
    assert asked(bench, DAYS) == (200, first)
    assert bench.dump() == before
    one, other = taken()
    assert one == other
    assert one.job_id == "GME_2021-01-01_2021-01-31"


def test_a_job_the_queue_did_not_take_is_taken_when_it_is_asked_for_again(bench: Bench) -> None:
    body = DAYS.replace("GME", "AMC")
    with bench.refuse("SendMessage"), pytest.raises(BusDown):
        asked(bench, body)
    assert taken() == []
    assert asked(bench, body)[1]["data"]["status"] == "PENDING"
    assert [job.job_id for job in taken()] == ["AMC_2021-01-01_2021-01-31"]
