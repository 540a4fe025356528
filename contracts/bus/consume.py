"""Turns a queue of events into calls of use-cases; only what failed goes back to the queue."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

try:
    from aws_lambda_powertools import Logger
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "consuming takes aws-lambda-powertools: install `tickertape-contracts[consume]`", name=error.name
    ) from error

from contracts.bus.publish import Bus, detail_text
from contracts.bus.read import Message, read
from contracts.events.envelope import Envelope, Event, announce

Handler = Callable[[dict[str, Any], object], dict[str, Any]]
Route = Callable[[Any, "Announcer"], None]
"""A use-case for one event. A raise means: try me again, and after that the dead-letter queue."""

logger = Logger()


@dataclass(frozen=True)
class InBatch:
    """A use-case for all events of its type in a batch; it returns the positions that failed, if any."""

    use_case: Callable[[Sequence[tuple[Any, "Announcer"]]], Collection[int] | None]


Routes = Mapping[type[Event] | type[Envelope], Route | InBatch]


@dataclass
class Announcer:
    """Keeps what a use-case announces until its message has been handled; satisfies `Publish`."""

    cause: Envelope
    said: list[Envelope] = field(default_factory=list)

    def __call__(self, event: Event, *, at: datetime | None = None) -> Envelope:
        envelope = announce(event, cause=self.cause, at=at or self.cause.time)
        detail_text(envelope)  # too large fails here, where the message that caused it is known
        self.said.append(envelope)
        return envelope


def consume(routes: Routes, *, bus: Bus) -> Handler:
    """A Lambda handler for an SQS event source with `ReportBatchItemFailures`.

    Each message is parsed, validated and given to the route of its type, then what the route announced is
    published. A message that fails at any of these steps is alone reported as failed. A type without a route
    is acknowledged and logged. Route `Envelope` itself to receive every event unparsed.
    """
    known = {cls.detail_type: cls for cls in routes if issubclass(cls, Event)}
    everything = Envelope in routes
    for cls in (Envelope, *routes):
        cls.model_rebuild()  # here, while the function starts, not while the first message waits

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        batch = _Batch(routes, bus)
        for record in event["Records"]:
            batch.take(record, known, everything)
        batch.run_grouped()
        batch.announce()
        logger.info("batch.consumed", extra={"taken": len(event["Records"]), "failed": len(batch.failed)})
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in batch.failed]}

    return handler


class _Batch:
    def __init__(self, routes: Routes, bus: Bus) -> None:
        self._routes, self._bus = routes, bus
        self._grouped: dict[type[Event | Envelope], list[tuple[str, Any, Announcer]]] = {}
        self._done: list[tuple[str, Announcer]] = []
        self.failed: dict[str, None] = {}

    def take(self, record: dict[str, Any], known: Mapping[str, type[Event]], everything: bool) -> None:
        id_ = record["messageId"]
        try:
            message = read(record, known, everything=everything)
        except Exception as error:  # one unreadable message must not fail its neighbours
            self._fail(id_, error, "message.unreadable", None)
            return
        if isinstance(message, str):
            logger.warning("message.unrouted", extra={"detail_type": message})
            return
        self._dispatch(id_, message)

    def _dispatch(self, id_: str, message: Message) -> None:
        route = self._routes[type(message.event)]
        announcer = Announcer(message.envelope)
        if isinstance(route, InBatch):
            self._grouped.setdefault(type(message.event), []).append((id_, message.event, announcer))
            return
        try:
            with logger.append_context_keys(**_ids(announcer.cause)):
                route(message.event, announcer)
        except Exception as error:  # reported to the queue, which tries again
            self._fail(id_, error, "event.failed", announcer.cause)
        else:
            self._done.append((id_, announcer))

    def run_grouped(self) -> None:
        for cls, group in self._grouped.items():
            route = self._routes[cls]
            assert isinstance(route, InBatch)
            try:
                failed = set(route.use_case([(event, announcer) for _, event, announcer in group]) or ())
            except Exception as error:  # reported to the queue, which tries again
                for id_, _, announcer in group:
                    self._fail(id_, error, "event.failed", announcer.cause)
                continue
            for position, (id_, _, announcer) in enumerate(group):
                if position in failed:
                    self._fail(id_, None, "event.failed", announcer.cause)
                else:
                    self._done.append((id_, announcer))

    def announce(self) -> None:
        """Publishes what was said by tens, across messages; a refusal fails the message that said it."""
        refused = self._bus.send([said for _, announcer in self._done for said in announcer.said])
        for id_, announcer in self._done:
            for said in announcer.said:
                if said.id in refused:
                    logger.error(
                        "event.refused", extra={"reason": refused[said.id], "detail_type": said.type}
                    )
                    self.failed[id_] = None

    def _fail(self, id_: str, error: Exception | None, what: str, cause: Envelope | None) -> None:
        extra = {
            "message_id": id_,
            "reason": str(error)[:500] if error else "",
            **(_ids(cause) if cause else {}),
        }
        logger.error(what, extra=extra, exc_info=error if what == "event.failed" else None)
        self.failed[id_] = None


def _ids(cause: Envelope) -> dict[str, str | None]:
    """What every log line of an event carries, whoever writes it."""
    return {"event_id": cause.id, "correlation_id": cause.correlationid, "traceparent": cause.traceparent}
