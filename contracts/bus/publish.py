"""Puts events on the bus: by tens, sending again only what was refused, with no silent success."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from contracts.bus.errors import EventTooLarge, PublishRejected
from contracts.events.envelope import Envelope, Event, announce

MAX_ENTRY_BYTES = 200 * 1024
"""Our limit for one entry: what a rule adds on the way must still fit into a queue."""
_MAX_REQUEST_BYTES = 900 * 1024
_ENTRIES = 10
_ROUNDS = 3


class EventsClient(Protocol):
    """The one call we make of boto3's `events` client."""

    def put_events(self, *, Entries: Any) -> Any: ...


class Bus:
    """A bus by name. *client* is a boto3 `events` client; *pause* waits the given seconds between rounds."""

    def __init__(
        self, name: str, client: EventsClient, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._name, self._client, self._pause = name, client, pause

    def publish(self, event: Event, *, key: str, at: datetime) -> Envelope:
        """Announces *event* as the start of a story; the same *key* gives the same id, so it may be repeated.

        Raises EventTooLarge before the call, PublishRejected when the bus refused it.
        """
        envelope = announce(event, key=key, at=at)
        if refused := self.send([envelope]):
            raise PublishRejected(refused)
        return envelope

    def send(self, envelopes: Sequence[Envelope]) -> dict[str, str]:
        """Sends all; gives event id → reason for those the bus still refused after three rounds."""
        waiting = {e.id: self._entry(e) for e in envelopes}
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
    """The entry's `Detail`. Raises EventTooLarge over MAX_ENTRY_BYTES."""
    detail = json.dumps(envelope.as_detail(), ensure_ascii=False, separators=(",", ":"))
    if (size := len(detail.encode())) > MAX_ENTRY_BYTES:
        raise EventTooLarge(
            f"{envelope.type} about {envelope.subject} is {size:,} bytes; the limit is {MAX_ENTRY_BYTES:,}. "
            "Keep the bulk in a bucket and announce where it lies."
        )
    return detail


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
