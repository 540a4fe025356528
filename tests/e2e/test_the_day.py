"""A recorded day goes in, and everything that should comes out, once."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from contracts.events.catalogue import EVENTS
from tests.e2e.conftest import ROOT, TapeRun
from tools.tape import demo
from tools.tape.demo import Result
from tools.tape.platform import Platform


@pytest.fixture(scope="module")
def strangers_queue(platform: Platform) -> Iterator[Any]:
    """A queue and a rule made with nothing but boto3, before the day begins."""
    kwargs: Any = {
        "endpoint_url": platform.target.endpoint,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    queue = boto3.resource("sqs", **kwargs).create_queue(QueueName="strangers-scores")
    events = boto3.client("events", **kwargs)
    pattern = {"source": ["tickertape.sentiment"], "detail-type": ["SentimentScored.v1"]}
    events.put_rule(Name="strangers-scores", EventBusName="tickertape", EventPattern=json.dumps(pattern))
    target: Any = {"Id": "q", "Arn": queue.attributes["QueueArn"]}
    events.put_targets(Rule="strangers-scores", EventBusName="tickertape", Targets=[target])
    yield queue
    events.remove_targets(Rule="strangers-scores", EventBusName="tickertape", Ids=["q"])
    events.delete_rule(Name="strangers-scores", EventBusName="tickertape")
    queue.delete()


@pytest.fixture(scope="module")
def result(platform: Platform, strangers_queue: object) -> Result:
    return demo.run(platform, None, None, lambda *_: None)


def test_hundreds_of_posts_go_through_every_service(result: Result) -> None:
    assert result.posts >= 300
    services = {EVENTS[detail_type].source for detail_type in result.events}
    assert services == {cls.source for cls in EVENTS.values()}


def test_nothing_is_lost_and_nobody_is_told_twice(result: Result) -> None:
    assert result.account.lost == ()
    assert result.account.duplicates == ()


def test_the_day_is_the_day_gamestop_more_than_doubled(result: Result) -> None:
    assert result.day.isoformat() == "2021-01-27"
    assert result.tickers["GME"]["change_pct"] == "134.84"
    assert next(iter(result.tickers)) == "GME"
    told = {(n["user_id"], n["ticker"], n["rule"]) for n in result.notifications}
    assert ("alice", "GME", "price_move") in told
    assert ("dave", "BB", "price_move") not in told


def test_every_number_of_the_summary_is_in_the_tables(result: Result, platform: Platform) -> None:
    summary = next(e for e in platform.journal() if e.type == "DailySummaryPublished.v1")
    start, end = summary.data["window_start"], summary.data["window_end"]
    posts = [
        e for e in platform.journal() if e.type == "PostIngested.v1" and start <= e.data["created_at"] < end
    ]
    for row in summary.data["tickers"]:
        about = [p for p in posts if row["ticker"] in {t["ticker"] for t in p.data["tickers"]}]
        authors = {p.data["author"] for p in about if p.data["author"]}
        assert (row["mentions"], row["unique_authors"]) == (len(about), len(authors)), row["ticker"]


def test_a_stranger_with_plain_boto3_reads_events_that_fit_the_schema(
    result: Result, strangers_queue: Any
) -> None:
    schema = json.loads((ROOT / "contracts/schemas/SentimentScored.v1.json").read_text("utf-8"))
    validator = Draft202012Validator(schema)
    heard = 0
    while messages := strangers_queue.receive_messages(MaxNumberOfMessages=10):
        for message in messages:
            detail = json.loads(message.body)["detail"]
            assert detail["specversion"] == "1.0"
            validator.validate(detail["data"])
            heard += 1
            message.delete()
    assert heard == result.events["SentimentScored.v1"]


def test_why_leads_from_a_message_back_to_the_follow_and_the_posts(result: Result, tape: TapeRun) -> None:
    surge = next(n for n in result.notifications if n["rule"] == "mention_surge")
    for id_ in (surge["event_id"], surge["notification_id"]):
        answer = tape("why", id_, "--json")
        assert answer.returncode == 0, answer.stderr
        found = _flat(json.loads(answer.stdout))
        types = {node["type"] for node in found}
        assert {"TickerFollowed.v1", "PostIngested.v1", "SentimentScored.v1"} <= types
        assert {"TickerSentimentShifted.v1", "AlertFired.v1", "NotificationSent.v1"} <= types
        assert all(node["id"] and node["time"] and node["service"] for node in found)


def _flat(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(found for cause in node["causes"] for found in _flat(cause))]


def test_a_second_run_on_the_same_state_adds_nothing(result: Result, platform: Platform) -> None:
    before = platform.dumps()
    mails = demo.mails(platform)

    again = demo.run(platform, None, None, lambda *_: None)

    assert again.added == 0
    assert again.events == result.events
    assert platform.dumps() == before
    assert demo.mails(platform) == mails
    assert (again.account.lost, again.account.duplicates) == ((), ())


def test_status_and_the_dead_letters_are_told_as_json(result: Result, tape: TapeRun) -> None:
    status = json.loads(tape("status", "--json").stdout)
    assert status["dead_letters"] == 0
    assert set(status["stacks"].values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert json.loads(tape("dlq", "--json").stdout) == []
