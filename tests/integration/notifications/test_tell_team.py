"""TellTeam through its real handler, Slack and Telegram on the loopback."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier, RLock
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from services.notifications.taken import ReportTaken
from tests.bench import Bench, BusDown
from tests.builders import a_summary, enveloped
from tests.integration.notifications import doors
from tests.integration.notifications.vendors import TAKEN, Asked, StandIn, answer, stand_in


@pytest.fixture
def vendor() -> Iterator[StandIn]:
    with stand_in(TAKEN) as found:
        yield found


@pytest.fixture
def bench(vendor: StandIn) -> Iterator[Bench]:
    with ExitStack() as stack:
        bench = stack.enter_context(
            Bench(
                "notifications",
                "tell_team",
                KEYS_PARAMETER="/keys",
                SLACK_URL=f"{vendor.url}/slack/",
                TELEGRAM_URL=vendor.url,
                TEAM_SLACK_CHANNEL="C1",
                TEAM_TELEGRAM_CHAT="9",
                REPORTS_QUEUE=f"{doors.QUEUE}reports",
            )
        )
        keys = json.dumps({"slack_token": "xoxb", "telegram_token": "1:t"})
        boto3.client("ssm").put_parameter(Name="/keys", Value=keys, Type="SecureString")
        boto3.client("sqs").create_queue(QueueName="reports")
        yield bench


def a_report(**changes: Any) -> ReportTaken:
    given = {
        "report_id": "monitor/msg_1",
        "sender": "monitor",
        "kind": "monitor.alert",
        "title": "Disk is full",
        "text": "97 % of /var",
        "facts": [("host", "db-1")],
    }
    return ReportTaken.model_validate(given | changes)


def job(kind: str, **changes: Any) -> ReportTaken:
    facts = [("Environment", "prod"), ("Duration", "12.30s")]
    given = {"kind": kind, "report_id": f"monitor/{kind}", "run": "run-1", "title": "scrape", "facts": facts}
    return a_report(**given | changes)


def slack(vendor: StandIn) -> list[Asked]:
    return [asked for asked in vendor.asked if asked.path.startswith("/slack/")]


def test_a_report_goes_to_both_places_once_however_often_it_comes(bench: Bench, vendor: StandIn) -> None:
    same = enveloped(a_report())
    other = enveloped(a_report(title="another body under the same id"), key="again")
    assert bench.deliver(same, same, other) == []
    assert [asked.path for asked in vendor.asked] == ["/slack/chat.postMessage", "/bot1:t/sendMessage"]
    assert "relayed from monitor" in vendor.asked[1].json["text"]


def test_fifty_replays_at_once_are_one_message_in_each_place(
    bench: Bench, vendor: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, one_at_a_time, start = BaseClient._make_api_call, RLock(), Barrier(50)  # type: ignore[attr-defined]

    def atomic(*args: Any) -> Any:
        """As DynamoDB's calls are, and moto's between threads are not."""
        with one_at_a_time:
            return call(*args)

    def replay(_: int) -> list[int]:
        start.wait()
        return bench.deliver(same)

    same = enveloped(a_report())
    monkeypatch.setattr(BaseClient, "_make_api_call", atomic)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(replay, range(50)))
    assert answers == [[]] * 50, "who found another at it waits in the queue, and is no failure"
    assert bench.deliver(same) == []
    assert [asked.path for asked in vendor.asked] == ["/slack/chat.postMessage", "/bot1:t/sendMessage"]


def test_a_jobs_end_answers_its_beginning_in_one_thread(bench: Bench, vendor: StandIn) -> None:
    bench.deliver(enveloped(job("job.started")))
    bench.deliver(enveloped(job("job.completed", status="success", text="1,204 posts")))
    first, second = (asked.json for asked in slack(vendor))
    assert first["blocks"][0]["text"]["text"] == "🚀 Job Started: scrape"
    assert "thread_ts" not in first
    assert second["blocks"][0]["text"]["text"] == "✅ Job Completed: scrape"
    assert second["thread_ts"] == "1.5"
    assert [one["text"] for one in second["blocks"][1]["fields"]] == [
        "Status\nsuccess",
        "Environment\nprod",
        "Duration\n12.30s",
    ]


def test_an_end_that_comes_first_still_has_a_thread_and_the_beginning_is_not_told_twice(
    bench: Bench, vendor: StandIn
) -> None:
    bench.deliver(enveloped(job("job.completed", status="error")))
    bench.deliver(enveloped(job("job.started")))
    titles = [asked.json["blocks"][0]["text"]["text"] for asked in slack(vendor)]
    assert titles == ["🚀 Job Started: scrape", "❌ Job Completed: scrape"]


def test_the_day_is_told_once(bench: Bench, vendor: StandIn) -> None:
    assert bench.deliver("nonsense", enveloped(a_summary()), enveloped(a_summary())) == [0]
    [told] = slack(vendor)
    assert told.json["blocks"][0]["text"]["text"] == "Daily Summary"
    assert told.json["blocks"][1]["text"]["text"].startswith("Daily summary tickers: ")
    assert bench.deliver(enveloped(a_summary(date="2021-01-28", tickers=[]))) == []
    assert "No tickers met" in slack(vendor)[1].body.decode()


def test_a_flooded_channel_gets_it_later_and_the_other_one_now(bench: Bench, vendor: StandIn) -> None:
    vendor.answers = [TAKEN, answer(429, {"ok": False, "parameters": {"retry_after": 0}}), TAKEN]
    assert bench.deliver(enveloped(a_report())) == []
    assert len(vendor.asked) == 2
    [waiting] = boto3.resource("sqs").Queue(f"{doors.QUEUE}reports").receive_messages()
    assert bench.deliver(waiting.body) == []
    assert [asked.path for asked in vendor.asked[2:]] == ["/bot1:t/sendMessage"]


def test_a_crash_after_the_post_posts_nothing_twice(bench: Bench, vendor: StandIn) -> None:
    vendor.answers = [TAKEN, answer(500, b"")]
    with bench.refuse("SendMessage"):
        assert bench.deliver(enveloped(a_report())) == [0]
    vendor.answers = [TAKEN]
    assert bench.deliver(enveloped(a_report())) == []
    assert len(slack(vendor)) == 1


def test_a_channel_that_is_gone_is_logged_and_ends_nothing(bench: Bench, vendor: StandIn) -> None:
    vendor.answers = [answer(content={"ok": False, "error": "channel_not_found"}), TAKEN]
    assert bench.deliver(enveloped(a_report())) == []
    assert len(vendor.asked) == 2


def test_the_bus_being_down_is_nothing_to_it(bench: Bench, vendor: StandIn) -> None:
    with bench.refuse_announcements():
        try:
            assert bench.deliver(enveloped(a_report())) == []
        except BusDown:
            pytest.fail("it announces nothing")
