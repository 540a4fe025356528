"""Puts events on the bus: by tens, sending again only what was refused, with no silent success."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from pydantic_core import PydanticSerializationError

from contracts.bus.errors import (
    BusError,
    BusNotFound,
    BusUnreachable,
    EventTooLarge,
    NotAnEvent,
    PublishRejected,
)
from contracts.events.envelope import Envelope, Event, announce

MAX_ENTRY_BYTES = 200 * 1024
"""Our limit for one entry: what a rule adds on the way must still fit into a queue."""
_MAX_REQUEST_BYTES = 900 * 1024
_ENTRIES = 10
_ROUNDS = 3
_OURS = "tickertape."
_HALVED = "holds half a character (a lone surrogate), which is no UTF-8; strip it"
_NUL, _HALF = "\x00", "[\ud800-\udfff]"  # compiled at their first use, for an import must be quick


class EventsClient(Protocol):
    """The two calls we make of boto3's `events` client; behind a queue only the first."""

    def put_events(self, *, Entries: Any) -> Any: ...

    def describe_event_bus(self, *, Name: str) -> Any: ...


class Bus:
    """A bus by name. *client* is a boto3 `events` client; *pause* waits the given seconds between rounds."""

    def __init__(
        self, name: str, client: EventsClient, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._name, self._client, self._pause = name, client, pause
        self._found = False

    def publish(self, event: Event, *, key: str, at: datetime) -> Envelope:
        """Announces *event* as the start of a story; the same *key* gives the same id, so it may be repeated.

        Raises NotAnEvent or EventTooLarge before anything is sent, BusNotFound when there is no such bus,
        PublishRejected when the bus refused the event, BusUnreachable when it gave no answer.
        """
        envelope = _begun(event, key, at)
        entries = {envelope.id: self._entry(envelope)}
        with self._failing_as_ours(envelope.id):
            self._look_up()
            refused = self._deliver(entries)
        if refused:
            raise PublishRejected(refused)
        return envelope

    def send(self, envelopes: Sequence[Envelope]) -> dict[str, str]:
        """Sends all; gives event id → reason for those the bus still refused after three rounds."""
        return self._deliver({envelope.id: self._entry(envelope) for envelope in envelopes})

    def _deliver(self, waiting: dict[str, dict[str, Any]]) -> dict[str, str]:
        refused: dict[str, str] = {}
        for attempt in range(_ROUNDS):
            if attempt and waiting:
                self._pause(0.1 * 4**attempt)
            refused = {}
            for chunk in _chunks(waiting):
                refused |= self._put(chunk, waiting)
            waiting = {id_: waiting[id_] for id_ in refused}
            if not waiting:
                break
        return refused

    def _put(self, ids: list[str], entries: dict[str, dict[str, Any]]) -> dict[str, str]:
        answer = self._client.put_events(Entries=[entries[id_] for id_ in ids])
        return {
            id_: f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}"
            for id_, result in zip(ids, answer["Entries"], strict=True)
            if result.get("ErrorCode")
        }

    def _look_up(self) -> None:
        """EventBridge accepts entries for a bus that does not exist and drops them, so we ask first, once."""
        if not self._name:
            raise BusNotFound(self._name)
        if not self._found:
            self._client.describe_event_bus(Name=self._name)
            self._found = True

    @contextmanager
    def _failing_as_ours(self, id_: str) -> Iterator[None]:
        try:
            yield
        except BusError:
            raise
        except Exception as error:  # the kinds are the client's, whose library we do not import
            raise _failure(error, self._name, id_) from error

    def _entry(self, envelope: Envelope) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": envelope.source,
            "DetailType": envelope.type,
            "Time": envelope.time,
            "Resources": [],
            "Detail": detail_text(envelope),
        }


def detail_text(envelope: Envelope) -> str:
    """The entry's `Detail`. Raises EventTooLarge over MAX_ENTRY_BYTES, NotAnEvent for text no queue takes."""
    try:
        detail = envelope.model_dump_json(exclude_none=True)
    except PydanticSerializationError as error:
        where = next(_holding(_HALF, envelope.data), "")
        told = f"{where} {_HALVED}" if where else f"it cannot be written as JSON ({error})"
        raise NotAnEvent(f"{envelope.type}: {told}") from error
    if (size := len(detail.encode())) > MAX_ENTRY_BYTES:
        raise EventTooLarge(
            f"{envelope.type} about {envelope.subject} is {size:,} bytes; the limit is {MAX_ENTRY_BYTES:,}. "
            "Keep the bulk in a bucket and announce where it lies."
        )
    if r"\u0000" in detail and (path := next(_holding(_NUL, envelope.data), "")):
        raise NotAnEvent(f"{envelope.type}: {path} holds a NUL character, which queues refuse; strip it")
    return detail


def _begun(event: Event, key: str, at: datetime) -> Envelope:
    if at.utcoffset() is None:
        raise NotAnEvent(f"at: {at} has no time zone; give one, as datetime.now(UTC) does")
    if not key:
        raise NotAnEvent("key: it is empty; name the act behind the event, such as the id of a click")
    if not event.source.startswith(_OURS):
        raise NotAnEvent(f"source: {event.detail_type} comes from {event.source}, never from a publisher")
    hashed = {"key": key} | {name: getattr(event, name) for name in event.about}
    if half := next(_holding(_HALF, hashed), ""):
        raise NotAnEvent(f"{event.detail_type}: {half} {_HALVED}")
    return announce(event, key=key, at=at)


def _holding(character: str, value: Any, path: str = "") -> Iterator[str]:
    """The paths of the texts that hold *character*: `channels.0.address`."""
    if isinstance(value, str) and re.search(character, value):
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from _holding(character, one, f"{path}.{name}".lstrip("."))


def _failure(error: Exception, bus: str, id_: str) -> BusError:
    """What the client's error means; AWS's answers carry a code, a broken connection has none."""
    answer = getattr(error, "response", None)
    if not isinstance(answer, dict):
        return BusUnreachable(
            f"the bus {bus!r} gave no answer ({type(error).__name__}: {error}); whether the event is on it "
            "is not known: publish it again with the same key"
        )
    told = answer["Error"]
    if told["Code"] == "ResourceNotFoundException":
        return BusNotFound(bus)
    return PublishRejected({id_: f"{told['Code']}: {told.get('Message', '')}"})


def _chunks(entries: dict[str, dict[str, Any]]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for id_, entry in entries.items():
        more = len(entry["Detail"].encode()) + 1024
        if chunk and (len(chunk) == _ENTRIES or size + more > _MAX_REQUEST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(id_)
        size += more
    if chunk:
        yield chunk
