"""An app that publishes hears what went wrong by name, before or after the call; no success is silent."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from pydantic import ValidationError

from contracts.bus.errors import (
    BusError,
    BusNotFound,
    BusUnreachable,
    EventTooLarge,
    NotAnEvent,
    PublishRejected,
)
from contracts.bus.publish import MAX_ENTRY_BYTES, Bus
from contracts.events.app import SOURCE, Channel, ContactChangedV1
from contracts.events.arrivals import Due
from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Event
from tests.builders import NOON, a_follow
from tests.unit.contracts.test_publish import Refusing
from tools.contracts.shelf import OURS

APP = [name for name, cls in EVENTS.items() if cls.source == SOURCE]


class Asked(Refusing):
    """An events client that notes each bus it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def describe_event_bus(self, *, Name: str) -> Any:
        self.asked.append(Name)
        return super().describe_event_bus(Name=Name)


class Denying(Refusing):
    """An events client whose role lacks a permission."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action

    def describe_event_bus(self, *, Name: str) -> Any:
        self._deny("DescribeEventBus")
        return super().describe_event_bus(Name=Name)

    def put_events(self, *, Entries: Any) -> Any:
        self._deny("PutEvents")
        return super().put_events(Entries=Entries)

    def _deny(self, action: str) -> None:
        if action == self.action:
            told = {"Code": "AccessDeniedException", "Message": f"not authorized to perform: events:{action}"}
            raise ClientError({"Error": told}, action)  # type: ignore[typeddict-item, unused-ignore]


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("events")


def test_a_wrong_bus_name_is_told_before_anything_is_sent(events: Any) -> None:
    with pytest.raises(BusNotFound, match="there is no bus 'tickertap'") as told:
        Bus("tickertap", events).publish(a_follow(), key="click-1", at=NOON)
    assert told.value.bus == "tickertap"


def test_no_name_at_all_is_no_bus() -> None:
    with pytest.raises(BusNotFound, match="there is no bus ''"):
        Bus("", Refusing()).publish(a_follow(), key="click-1", at=NOON)


def test_the_bus_is_looked_up_once_and_only_for_those_who_publish() -> None:
    client = Asked()
    bus = Bus("tickertape", client)
    sent = [bus.publish(a_follow(), key=f"click-{n}", at=NOON) for n in range(3)]
    assert bus.send(sent) == {}
    assert client.asked == ["tickertape"]
    Bus("other", client).send(sent)
    assert client.asked == ["tickertape"]


@pytest.mark.parametrize("action", ["DescribeEventBus", "PutEvents"])
def test_a_missing_permission_is_told_in_the_words_of_the_bus(action: str) -> None:
    with pytest.raises(PublishRejected, match=f"AccessDeniedException: .*events:{action}") as told:
        Bus("tickertape", Denying(action)).publish(a_follow(), key="click-1", at=NOON)
    assert isinstance(told.value.__cause__, ClientError)


def test_a_bus_that_does_not_answer_leaves_open_whether_the_event_arrived() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
        quick = Config(connect_timeout=1, read_timeout=1, retries={"max_attempts": 0})
        given = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        client = boto3.client("events", endpoint_url=endpoint, config=quick, **given)  # type: ignore[call-overload]
        with pytest.raises(BusUnreachable, match="publish it again with the same key"):
            Bus("tickertape", client).publish(a_follow(), key="click-1", at=NOON)


def test_a_moment_without_a_zone_is_refused_by_name_wherever_it_is_given() -> None:
    client, naive = Asked(), datetime(2021, 1, 27, 12)
    with pytest.raises(ValidationError, match=r"followed_at\n.*timezone"):
        a_follow(followed_at=naive)
    with pytest.raises(NotAnEvent, match=r"at: 2021-01-27 12:00:00 has no time zone; .*datetime\.now\(UTC\)"):
        Bus("tickertape", client).publish(a_follow(), key="click-1", at=naive)
    assert (client.asked, client.requests) == ([], [])


def test_an_act_without_a_name_is_refused() -> None:
    with pytest.raises(NotAnEvent, match="key: it is empty"):
        Bus("tickertape", Refusing()).publish(a_follow(), key="", at=NOON)


def test_what_only_a_scheduler_says_is_not_published() -> None:
    with pytest.raises(NotAnEvent, match=r"source: Due comes from aws\.scheduler"):
        Bus("tickertape", Refusing()).publish(Due(schedule="s", due_at=NOON), key="k", at=NOON)


def test_an_event_too_large_is_refused_before_the_bus_is_asked() -> None:
    client = Asked()
    with pytest.raises(EventTooLarge, match=r"ContactChanged\.v1 about u is 20\d,\d+ bytes"):
        Bus("tickertape", client).publish(_contact("x" * MAX_ENTRY_BYTES), key="k", at=NOON)
    assert (client.asked, client.requests) == ([], [])


def _contact(zone: str, address: str | None = None) -> ContactChangedV1:
    channels = (Channel(kind="email", address=address, verified=True),)
    return ContactChangedV1(user_id="u", channels=channels, time_zone=zone, changed_at=NOON)


def _texts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, str):
        yield path
    for name, one in inner:
        yield from _texts(one, (*path, name))


def _spoilt(data: Any, path: tuple[str | int, ...]) -> Any:
    new = json.loads(json.dumps(data))
    *holders, last = path
    holder = new
    for step in holders:
        holder = holder[step]
    holder[last] += "\x00"
    return new


@pytest.mark.parametrize("name", APP)
def test_a_nul_in_any_text_of_an_apps_event_is_refused_by_its_field(name: str) -> None:
    client, data = Refusing(), OURS.sample(name)["data"]
    for path in _texts(data):
        with pytest.raises((ValidationError, NotAnEvent)) as told:
            Bus("tickertape", client).publish(_read(name, _spoilt(data, path)), key="k", at=NOON)
        where = ".".join(map(str, path))
        assert where in str(told.value)
    assert client.requests == []


def _read(name: str, data: Any) -> Event:
    return EVENTS[name].model_validate(data)


@pytest.mark.parametrize("contact", [_contact("Europe\x00/Oslo"), _contact("UTC", "a\x00@b.example")])
def test_a_nul_that_no_pattern_catches_is_caught_before_the_call(contact: ContactChangedV1) -> None:
    with pytest.raises(NotAnEvent, match=r"ContactChanged\.v1: (time_zone|channels\.0\.address) holds a NUL"):
        Bus("tickertape", Refusing()).publish(contact, key="k", at=NOON)


def test_a_backslash_that_only_looks_like_a_nul_goes_out() -> None:
    client = Refusing()
    Bus("tickertape", client).publish(_contact(r"\u0000"), key="k", at=NOON)
    assert client.requests == [["u"]]


@pytest.mark.parametrize(
    ("contact", "key", "where"),
    [
        (_contact("Europe\ud800/Oslo"), "k", r"ContactChanged\.v1: time_zone"),
        (_contact("UTC").model_copy(update={"user_id": "al\udfffice"}), "k", r"ContactChanged\.v1: user_id"),
        (_contact("UTC"), "click-\ud83d", r"ContactChanged\.v1: key"),
    ],
    ids=("a text", "the subject", "the key"),
)
def test_half_a_character_is_refused_by_its_place(contact: ContactChangedV1, key: str, where: str) -> None:
    client = Asked()
    with pytest.raises(NotAnEvent, match=f"{where} holds half a character"):
        Bus("tickertape", client).publish(contact, key=key, at=NOON)
    assert (client.asked, client.requests) == ([], [])


def test_a_whole_character_beyond_the_first_plane_goes_out() -> None:
    client = Refusing()
    Bus("tickertape", client).publish(_contact("\U0001f680"), key="click-\U0001f680", at=NOON)
    assert client.requests == [["u"]]


def test_every_error_is_a_bus_error() -> None:
    kinds = (BusNotFound, BusUnreachable, EventTooLarge, NotAnEvent, PublishRejected)
    assert all(issubclass(kind, BusError) for kind in kinds)


def test_a_follow_arrives_on_a_real_client(events: Any) -> None:
    events.create_event_bus(Name="tickertape")
    sent = Bus("tickertape", events).publish(a_follow(), key="click-1", at=datetime.now(UTC))
    assert (sent.type, sent.source) == ("TickerFollowed.v1", SOURCE)
