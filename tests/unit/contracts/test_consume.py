"""Only what failed goes back to the queue, and nothing is announced for what failed."""

import json
import logging
from collections.abc import Collection, Sequence
from typing import Any

import pytest

from contracts.bus.consume import InBatch, Routes, consume
from contracts.bus.errors import MessageUnreadable
from contracts.bus.publish import Bus
from contracts.bus.read import read
from contracts.events.arrivals import Due, ObjectLanded
from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope, Publish
from contracts.events.ingestion import PostIngestedV1
from tests.builders import NOON, a_post, a_score, enveloped
from tests.unit.contracts.test_publish import Refusing


def _body(envelope: Envelope, **changes: Any) -> str:
    entry = {"source": envelope.source, "detail-type": envelope.type, "detail": envelope.as_detail()}
    return json.dumps(entry | changes)


def _run(routes: Routes, *bodies: str, client: Refusing | None = None) -> list[str]:
    handler = consume(routes, bus=Bus("bus", client or Refusing(), pause=lambda _: None))
    records = [
        {"messageId": f"m{n}", "body": body, "attributes": {"SentTimestamp": "1611766800000"}}
        for n, body in enumerate(bodies)
    ]
    answer = handler({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def _score(post: PostIngestedV1, publish: Publish) -> None:
    if post.title == "break":
        raise RuntimeError("the model fell over")
    publish(a_score(post_id=post.post_id))


def _posts(*titles: str) -> list[str]:
    return [_body(enveloped(a_post(post_id=f"reddit:t3_{n}", title=t))) for n, t in enumerate(titles)]


def test_one_failure_returns_alone_and_says_nothing() -> None:
    client = Refusing()
    assert _run({PostIngestedV1: _score}, *_posts("a", "break", "c"), client=client) == ["m1"]
    assert client.requests == [["reddit:t3_0/GME", "reddit:t3_2/GME"]]


POISON = {
    "not JSON": "{",
    "a list": "[1]",
    "empty": "{}",
    "no detail": json.dumps(
        {"detail-type": "PostIngested.v1", "source": "tickertape.ingestion", "detail": {}}
    ),
    "a forged source": _body(enveloped(a_post()), source="tickertape.sentiment"),
    "a forged type": _body(enveloped(a_post()), **{"detail-type": "PostRemoved.v1"}),
    "a wrong field": _body(enveloped(a_post()).model_copy(update={"data": {"post_id": 7}})),
    "too deep": "[" * 1200,
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_poison_message_hurts_only_itself(poison: str) -> None:
    good, better = _posts("a", "b")
    assert _run({PostIngestedV1: _score}, good, poison, better) == ["m1"]


def test_the_reason_a_message_is_unreadable_names_the_field() -> None:
    body = _body(enveloped(a_post()).model_copy(update={"data": {"post_id": 7}}))
    with pytest.raises(MessageUnreadable, match=r"PostIngested\.v1: post_id: .*string"):
        read({"body": body}, EVENTS)


def test_an_event_from_the_wrong_service_is_refused_by_name() -> None:
    forged = enveloped(a_post()).model_copy(update={"source": "tickertape.app"})
    with pytest.raises(MessageUnreadable, match=r"may only come from tickertape\.ingestion"):
        read({"body": _body(forged)}, EVENTS)


def test_a_type_nobody_here_wants_is_acknowledged() -> None:
    assert _run({PostIngestedV1: _score}, _body(enveloped(a_score()))) == []


def test_a_refused_announcement_fails_the_message_that_made_it() -> None:
    client = Refusing({"reddit:t3_1/GME"})
    assert _run({PostIngestedV1: _score}, *_posts("a", "b", "c"), client=client) == ["m1"]


def test_an_announcement_too_large_fails_only_its_message() -> None:
    def shout(post: PostIngestedV1, publish: Publish) -> None:
        publish(post.model_copy(update={"text": "x" * (300_000 if post.title == "b" else 1)}))

    assert _run({PostIngestedV1: shout}, *_posts("a", "b", "c")) == ["m1"]


def test_announcements_of_a_batch_travel_by_tens() -> None:
    client = Refusing()
    _run({PostIngestedV1: _score}, *_posts(*"abcdefghij"), client=client)
    assert [len(request) for request in client.requests] == [10]


def test_a_whole_batch_is_given_at_once_and_says_which_failed() -> None:
    seen: list[int] = []

    def score_all(posts: Sequence[tuple[PostIngestedV1, Publish]]) -> Collection[int]:
        seen.append(len(posts))
        for post, publish in posts:
            publish(a_score(post_id=post.post_id))
        return {1}

    client = Refusing()
    assert _run({PostIngestedV1: InBatch(score_all)}, *_posts("a", "b", "c"), client=client) == ["m1"]
    assert seen == [3]
    assert client.requests == [["reddit:t3_0/GME", "reddit:t3_2/GME"]]


def test_a_batch_that_raises_fails_all_of_its_type_and_no_other() -> None:
    def fail(_: Sequence[object]) -> None:
        raise RuntimeError("table gone")

    due = json.dumps({"schedule": "s", "due_at": "2021-01-27T17:00:00Z"})
    assert _run({PostIngestedV1: InBatch(fail), Due: lambda *_: None}, *_posts("a", "b"), due) == ["m0", "m1"]


def test_a_tick_has_the_time_it_was_meant_for_and_always_the_same_id() -> None:
    causes: list[Envelope] = []
    due = json.dumps({"schedule": "quotes", "due_at": "2021-01-27T17:00:00Z"})
    _run({Due: lambda _, publish: causes.append(publish.cause)}, due, due)
    assert causes[0].time == NOON
    assert causes[0] == causes[1]


def test_a_tick_the_scheduler_left_unfilled_takes_the_time_it_was_sent() -> None:
    message = read(
        {
            "body": json.dumps({"schedule": "s", "due_at": "<aws.scheduler.scheduled-time>"}),
            "attributes": {"SentTimestamp": "1611766800000"},
        },
        {"Due": Due},
    )
    assert not isinstance(message, str)
    assert message.event.due_at == NOON


def test_an_object_that_landed_is_read_with_its_decoded_key() -> None:
    s3 = {"bucket": {"name": "raw"}, "object": {"key": "raw/dt%3D2021-01-27/a+b.ndjson"}}
    message = read({"body": json.dumps({"Records": [{"s3": s3}]}), "attributes": {"SentTimestamp": "0"}}, {})
    assert not isinstance(message, str)
    assert message.event == ObjectLanded(bucket="raw", key="raw/dt=2021-01-27/a b.ndjson")


def test_failures_are_logged_with_event_and_correlation_id(caplog: pytest.LogCaptureFixture) -> None:
    post = enveloped(a_post(title="break"))
    with caplog.at_level(logging.ERROR):
        _run({PostIngestedV1: _score}, _body(post))
    record = next(r for r in caplog.records if r.message == "event.failed")
    assert (record.event_id, record.correlation_id) == (post.id, post.correlationid)  # type: ignore[attr-defined]
