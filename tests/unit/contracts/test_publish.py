"""No silent success: what the bus refuses is sent again, and told when it stays refused."""

import json
from collections import Counter
from collections.abc import Collection
from itertools import combinations
from typing import Any

import pytest

from contracts.bus.errors import EventTooLarge, PublishRejected
from contracts.bus.publish import MAX_ENTRY_BYTES, Bus
from contracts.events.envelope import Envelope
from tests.builders import NOON, a_post, enveloped


class Refusing:
    """An events client that refuses the given posts, for so many rounds."""

    def __init__(self, posts: Collection[str] = (), rounds: int = 99) -> None:
        self.posts, self.rounds = posts, rounds
        self.requests: list[list[str]] = []
        self.sizes: list[int] = []

    def describe_event_bus(self, *, Name: str) -> Any:
        return {"Name": Name}

    def put_events(self, *, Entries: Any) -> Any:
        subjects = [json.loads(entry["Detail"])["subject"] for entry in Entries]
        self.requests.append(subjects)
        self.sizes.append(sum(len(entry["Detail"].encode()) for entry in Entries))
        refusing = len(self.requests) <= self.rounds
        return {
            "Entries": [
                {"ErrorCode": "Throttled", "ErrorMessage": "slow down"}
                if refusing and subject in self.posts
                else {"EventId": "x"}
                for subject in subjects
            ]
        }


def _posts(count: int, **changes: Any) -> list[Envelope]:
    return [enveloped(a_post(post_id=f"reddit:t3_{n}", **changes)) for n in range(count)]


def test_whichever_of_ten_are_refused_only_they_are_sent_again() -> None:
    ten = _posts(10)
    for size in range(1, 11):
        for refused in combinations([envelope.subject for envelope in ten], size):
            client = Refusing(refused, rounds=1)
            assert Bus("bus", client, pause=lambda _: None).send(ten) == {}
            assert client.requests[1] == list(refused)
            times = Counter(subject for request in client.requests for subject in request)
            assert times == {e.subject: 2 if e.subject in refused else 1 for e in ten}


def test_what_stays_refused_is_told_with_the_reason_after_three_rounds() -> None:
    client, pauses = Refusing({"reddit:t3_1"}), list[float]()
    refused = Bus("bus", client, pause=pauses.append).send(_posts(3))
    assert refused == {_posts(3)[1].id: "Throttled: slow down"}
    assert len(client.requests) == 3
    assert len(pauses) == 2


def test_no_request_has_more_than_ten_entries_or_900_kilobytes() -> None:
    client = Refusing()
    Bus("bus", client).send([*_posts(23), *_posts(40, text="é" * 8000)])
    assert max(len(request) for request in client.requests) <= 10
    assert max(client.sizes) <= 900 * 1024


def test_an_event_too_large_for_a_queue_is_refused_before_the_call() -> None:
    envelope = enveloped(a_post())
    bulky = envelope.model_copy(update={"data": {"text": "x" * MAX_ENTRY_BYTES}})
    client = Refusing()
    with pytest.raises(EventTooLarge, match=r"PostIngested\.v1 about reddit:t3_l6q0aa is 20\d,\d+ bytes"):
        Bus("bus", client).send([bulky])
    assert client.requests == []


def test_an_app_hears_of_a_refusal() -> None:
    bus = Bus("bus", Refusing({"reddit:t3_l6q0aa"}), pause=lambda _: None)
    with pytest.raises(PublishRejected, match="Throttled"):
        bus.publish(a_post(), key="click-1", at=NOON)


def test_the_same_key_gives_the_same_event() -> None:
    bus = Bus("bus", Refusing())
    assert bus.publish(a_post(), key="k", at=NOON) == bus.publish(a_post(), key="k", at=NOON)


def test_an_entry_carries_bus_source_and_type() -> None:
    entries: list[Any] = []

    class Keeping(Refusing):
        def put_events(self, *, Entries: Any) -> Any:
            entries.extend(Entries)
            return super().put_events(Entries=Entries)

    Bus("tickertape", Keeping()).send(_posts(1))
    assert (entries[0]["EventBusName"], entries[0]["Source"], entries[0]["DetailType"]) == (
        "tickertape",
        "tickertape.ingestion",
        "PostIngested.v1",
    )
