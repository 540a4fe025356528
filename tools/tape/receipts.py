"""Walks from a message back to its causes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contracts.events.envelope import Envelope, instant_text

Find = Callable[[str], Envelope | None]


@dataclass(frozen=True)
class Cause:
    """An event and what led to it. *envelope* is none where the journal no longer has it."""

    id: str
    envelope: Envelope | None
    causes: tuple["Cause", ...]


def trace(id_: str, find: Find) -> Cause:
    """The tree of causes of event *id_*: what it names as evidence, and the event it was announced for.

    An event appears once, where it is met first; the walk ends at events without causes.
    """
    return _trace(id_, find, set())


def _trace(id_: str, find: Find, seen: set[str]) -> Cause:
    seen.add(id_)
    envelope = find(id_)
    if envelope is None:
        return Cause(id_, None, ())
    causes = [_trace(cause, find, seen) for cause in _named(envelope) if cause not in seen]
    # A story that began with a schedule's tick or a landed object has no first event to show.
    shown = tuple(c for c in causes if c.envelope or c.id != envelope.correlationid)
    return Cause(id_, envelope, shown)


def _named(envelope: Envelope) -> Iterator[str]:
    """Ids that *envelope* leads back to, each once: what it was announced for, then its evidence in order."""
    given = [envelope.causationid, *envelope.data.get("evidence", ())]
    yield from dict.fromkeys(id_ for id_ in given if id_)


def as_json(cause: Cause) -> dict[str, object]:
    """The tree as plain JSON: id, type, service, time, subject, causes."""
    if cause.envelope is None:
        return {"id": cause.id, "missing": True, "causes": []}
    envelope = cause.envelope
    return {
        "id": cause.id,
        "type": envelope.type,
        "service": envelope.source.removeprefix("tickertape."),
        "time": instant_text(envelope.time),
        "subject": envelope.subject,
        "causes": [as_json(found) for found in cause.causes],
    }
