"""The turns queue: one message a reader, shaped as the bus would deliver it."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from contracts.events.envelope import Envelope

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_BATCH = 10


class TurnsRefused(Exception):
    """The queue did not take every message; those it took will come twice, which changes nothing."""


class TurnsQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def put(self, turns: Iterable[Envelope]) -> None:
        for batch in _batches(turns):
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=batch)
            if refused := answer.get("Failed"):
                raise TurnsRefused(f"{len(refused)} of {len(batch)}: {refused[0].get('Message', '')}")


def _batches(turns: Iterable[Envelope]) -> Iterator[list[Any]]:
    waiting = iter(turns)
    while batch := list(islice(waiting, _BATCH)):
        yield [{"Id": str(at), "MessageBody": _body(turn)} for at, turn in enumerate(batch)]


def _body(turn: Envelope) -> str:
    return json.dumps({"source": turn.source, "detail-type": turn.type, "detail": turn.as_detail()})
