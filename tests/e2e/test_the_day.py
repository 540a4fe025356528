"""A recorded day goes in, and everything that should comes out, once."""

import json
from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from math import fsum, log1p
from statistics import fmean, pstdev
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from contracts.events.catalogue import EVENTS
from services.summaries.grounding import Facts, ungrounded
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


def test_every_figure_of_the_summary_is_counted_again_from_the_events(
    result: Result, platform: Platform
) -> None:
    events = platform.journal()
    summary = next(e for e in events if e.type == "DailySummaryPublished.v1")
    start, end = summary.data["window_start"], summary.data["window_end"]
    posts = [e for e in events if e.type == "PostIngested.v1" and start <= e.data["created_at"] < end]
    scores = {(e.data["post_id"], e.data["ticker"]): e.data for e in events if e.type == "SentimentScored.v1"}
    bars = {
        e.data["ticker"]: e.data
        for e in events
        if e.type == "DailyBarClosed.v1" and e.data["date"] == summary.data["date"]
    }
    assert summary.data["posts"] == len(posts)
    for row in summary.data["tickers"]:
        ticker = row["ticker"]
        about = [p.data for p in posts if ticker in {t["ticker"] for t in p.data["tickers"]}]
        read = [scores[p["post_id"], ticker] for p in about if (p["post_id"], ticker) in scores]
        means = [Decimal(score["polarity"]) for score in read if score["method"] != "fallback"]
        authors = {p["author"] for p in about if p["author"]}
        clusters = [p["cluster"] for p in about if p["cluster"]]
        engagement = fsum(0.7 * log1p(max(p["score"], 0)) + 0.3 * log1p(p["comments"]) for p in about)
        assert (row["mentions"], row["unique_authors"], row["scored"]) == (
            len(about),
            len(authors),
            len(means),
        )
        assert float(row["engagement"]) == pytest.approx(engagement, abs=0.006)
        repeats = (len(clusters) - len(set(clusters))) / len(about)
        assert float(row["near_duplicate_share"]) == pytest.approx(repeats, abs=0.0006)
        assert float(row["polarity_mean"]) == pytest.approx(float(fmean(means)), abs=0.0006)
        assert float(row["polarity_stddev"]) == pytest.approx(float(pstdev(means)), abs=0.0006)
        assert (Decimal(row["polarity_min"]), Decimal(row["polarity_max"])) == (min(means), max(means))
        bar = bars.get(ticker, {"close": None, "change_pct": None})
        assert (row["close"], row["change_pct"]) == (bar["close"], bar["change_pct"])


def test_every_number_date_and_ticker_of_the_texts_is_a_figure(result: Result, platform: Platform) -> None:
    summary = next(e for e in platform.journal() if e.type == "DailySummaryPublished.v1")
    for row in summary.data["tickers"]:
        assert (row["written_by"], row["written_why"]) == ("template", "no language model is configured")
        shares = {Decimal(100 * n) / row["scored"] for n in range(row["scored"] + 1)}
        facts = Facts(
            tickers=frozenset({row["ticker"]}),
            dates=frozenset({result.day}),
            times=frozenset({time(7), time(19)}),
            counts=frozenset(range(row["mentions"] + 1)),
            scores=frozenset(Decimal(row[f"polarity_{name}"]) for name in ("mean", "min", "max"))
            | {Decimal(-1), Decimal(1)},
            prices=frozenset({Decimal(row["close"])} if row["close"] else ()),
            percents=frozenset(shares | ({Decimal(row["change_pct"])} if row["change_pct"] else set())),
        )
        assert ungrounded(row["text"], facts) == []


def test_each_reader_is_mailed_their_briefing_once(result: Result, platform: Platform) -> None:
    events = platform.journal()
    prepared = [e for e in events if e.type == "BriefingPrepared.v1"]
    assert {e.data["user_id"] for e in prepared} >= {"alice"}
    sent = demo.mails(platform)
    assert sent is not None
    for briefing in prepared:
        assert [mail.to for mail in sent if f"Receipt: {briefing.id}" in mail.text] == [
            f"{briefing.data['user_id']}@example.com"
        ]


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


def test_a_briefing_is_shown_and_mailed_to_its_reader_on_demand(
    result: Result, platform: Platform, tape: TapeRun
) -> None:
    shown = tape("briefing", "alice", "--date", str(result.day), "--send", "--json")
    assert shown.returncode == 0, shown.stderr
    told = json.loads(shown.stdout)
    assert told["subject_line"].startswith("27 January 2021: GME +134.84%")
    platform.settle()
    mailed = [mail for mail in demo.mails(platform) or () if told["sent"] in mail.text]
    assert len(mailed) == 1
    assert mailed[0].text.startswith("Preview: 27 January 2021")
    wrong = tape("briefing", "nobody", "--date", str(result.day))
    assert (wrong.returncode, "nobody of this id" in wrong.stderr) == (2, True)
