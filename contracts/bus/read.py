"""Reads one queue message: an event from the bus, a schedule's tick, or an object that landed in a bucket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from pydantic import ValidationError

from contracts.bus.errors import MessageUnreadable
from contracts.events.arrivals import Due, ObjectLanded
from contracts.events.envelope import Envelope, Event, announce


@dataclass(frozen=True)
class Message:
    """A message that could be read."""

    event: Any
    envelope: Envelope


def read(
    record: Mapping[str, Any], known: Mapping[str, type[Event]], *, everything: bool = False
) -> Message | str:
    """The message in an SQS record, or the detail-type when nobody here wants it.

    With *everything*, an event from the bus is given as its envelope, whatever its type.

    Raises MessageUnreadable, naming the field and what is wrong with it.
    """
    try:
        body = json.loads(record["body"])
    except ValueError as error:
        raise MessageUnreadable(f"the message is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise MessageUnreadable(f"the message is a JSON {type(body).__name__}, not an object")
    try:
        return _read_body(body, record, known, everything)
    except ValidationError as error:
        raise MessageUnreadable(f"{body.get('detail-type', 'message')}: {_first_faults(error)}") from error


def _read_body(
    body: dict[str, Any], record: Mapping[str, Any], known: Mapping[str, type[Event]], everything: bool
) -> Message | str:
    if "detail" in body:
        return _from_bus(body, known, everything)
    if "due_at" in body:
        return _rooted(Due.read({**body, "due_at": _due_at(body["due_at"], record)}))
    if body.get("Records"):
        s3 = body["Records"][0]["s3"]
        return _rooted(
            ObjectLanded(bucket=s3["bucket"]["name"], key=unquote_plus(s3["object"]["key"])), record
        )
    if body.get("Event") == "s3:TestEvent":
        return "s3:TestEvent"
    raise MessageUnreadable("the message has no `detail`, `due_at` or `Records`: it is no event of ours")


def _from_bus(body: dict[str, Any], known: Mapping[str, type[Event]], everything: bool) -> Message | str:
    envelope = Envelope.model_validate(body["detail"])
    if envelope.type != body.get("detail-type"):
        raise MessageUnreadable(f"detail.type is {envelope.type!r}, the entry's detail-type is not")
    if envelope.source != body.get("source"):
        raise MessageUnreadable(f"detail.source is {envelope.source!r}, the entry's source is not")
    if everything:
        return Message(envelope, envelope)
    wanted = known.get(envelope.type)
    if wanted is None:
        return envelope.type
    if envelope.source != wanted.source:
        raise MessageUnreadable(f"{envelope.type} may only come from {wanted.source}, not {envelope.source}")
    return Message(wanted.read(envelope.data), envelope)


def _rooted(event: Due | ObjectLanded, record: Mapping[str, Any] | None = None) -> Message:
    at = event.due_at if isinstance(event, Due) else _sent_at(record or {})
    return Message(event, announce(event, key=f"{event.source}/{event.subject}", at=at))


def _due_at(stated: str, record: Mapping[str, Any]) -> Any:
    """Where the scheduler leaves its placeholder unfilled, the message's sent time stands in."""
    return _sent_at(record) if stated.startswith("<aws.scheduler") else stated


def _sent_at(record: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)


def _first_faults(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'event'}: {e['msg']}" for e in error.errors()[:3])
