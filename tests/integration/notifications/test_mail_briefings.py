"""Briefings that lie ready, mailed by Deliver's real handler: once to each reader, whatever dies."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3
import pytest

from contracts.events.envelope import Envelope
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import Bench, Killed
from tests.builders import a_briefing, a_contact, enveloped
from tests.integration.notifications.test_deliver import mails, prepared, said, waiting

BUCKET = "tickertape-summaries-123456789012"
NAMES = ("alice", "bob", "carol", "dave", "erin")


@pytest.fixture
def bench() -> Iterator[Bench]:
    with prepared() as bench:
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
        for name in NAMES:
            mail = {"kind": "email", "address": f"{name}@example.com", "verified": True}
            subscriptions.set_contact(a_contact(user_id=name, channels=[mail]), f"contact-{name}")
        yield bench


def a_ready_briefing(name: str, **changes: Any) -> Envelope:
    """A briefing of *name* whose parts lie in the bucket."""
    place = f"briefings/dt=2021-01-27/daily/{name}"
    parts = {"text_part": f"s3://{BUCKET}/{place}.txt", "html_part": f"s3://{BUCKET}/{place}.html"}
    briefing = enveloped(a_briefing(user_id=name, **parts | changes))
    receipt = f"Receipt: {briefing.id}"
    for suffix, body in (("txt", f"{name}: GME\n{receipt}\n"), ("html", f"<body>{receipt}</body>")):
        boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{place}.{suffix}", Body=body.encode())
    return briefing


def reached() -> Counter[str]:
    return Counter(mail.destinations["ToAddresses"][0].partition("@")[0] for mail in mails())


def test_a_briefing_is_mailed_as_it_lies_and_announced_under_its_own_id(bench: Bench) -> None:
    briefing = a_ready_briefing("bob")
    assert bench.deliver(briefing) == []
    (mail,) = mails()
    assert mail.subject == "27 January 2021: GME +134.8 %"
    assert f"Receipt: {briefing.id}" in mail.body
    assert said(bench) == [f"NotificationSent.v1 {briefing.id}/email"]
    (sent,) = bench.announced()
    assert (sent.causationid, sent.data["rule"]) == (briefing.id, "daily_summary")


def test_a_repeat_mails_nobody_again_and_announces_the_same(bench: Bench) -> None:
    briefing = a_ready_briefing("bob")
    for _ in range(3):
        assert bench.deliver(briefing) == []
    assert reached() == {"bob": 1}
    assert len({event.id for event in bench.announced()}) == 1


@pytest.mark.parametrize("after", range(len(NAMES)))
def test_a_job_killed_after_any_user_sends_nobody_twice_and_misses_nobody(bench: Bench, after: int) -> None:
    briefings = [a_ready_briefing(name) for name in NAMES]
    with killed_before_mail(after + 1), pytest.raises(Killed):
        bench.deliver(*briefings)
    assert sum(reached().values()) == after

    assert bench.deliver(*briefings) == []
    bodies = [body for _, body in waiting()]
    let_open_entries_expire(bench)
    assert bench.deliver(*bodies) == []
    assert reached() == dict.fromkeys(NAMES, 1)
    assert {event.data["user_id"] for event in bench.announced()} == set(NAMES)


@contextmanager
def killed_before_mail(number: int) -> Iterator[None]:
    """The worker dies when it is about to send its mail of that number."""
    module: Any = sys.modules["services.notifications.handlers.deliver"]
    events, sent = module.ses.meta.events, count(1)

    def die(**_: Any) -> None:
        if next(sent) == number:
            raise Killed

    events.register("before-call.sesv2.SendEmail", die, unique_id="kill")
    try:
        yield
    finally:
        events.unregister("before-call.sesv2.SendEmail", unique_id="kill")


def let_open_entries_expire(bench: Bench) -> None:
    """What half a minute does: an entry whose owner died is free to be tried."""
    for row in bench.table("Ledger").scan()["Items"]:
        if row.get("status") == "INPROGRESS":
            bench.table("Ledger").put_item(Item=row | {"in_progress_expiration": 1})


def test_one_whose_parts_are_gone_fails_openly_and_stops_no_other(bench: Bench) -> None:
    gone = enveloped(
        a_briefing(user_id="bob", text_part=f"s3://{BUCKET}/none.txt", html_part=f"s3://{BUCKET}/none")
    )
    assert bench.deliver(gone, a_ready_briefing("carol")) == []
    assert reached() == {"carol": 1}
    failed = next(event for event in bench.announced() if event.type == "NotificationFailed.v1")
    assert (failed.data["user_id"], failed.data["reason"]) == ("bob", "the briefing is no longer there")


def test_a_reader_without_a_verified_address_is_not_mailed_and_it_is_said(bench: Bench) -> None:
    subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
    later = a_contact(user_id="bob", channels=[], changed_at="2021-01-21T00:00:00Z")
    subscriptions.set_contact(later, "contact-2")
    assert bench.deliver(a_ready_briefing("bob")) == []
    assert (mails(), [event.type for event in bench.announced()]) == ([], ["NotificationFailed.v1"])
