"""The alerts' own queue: what waits for a channel comes back through it, shaped as the bus delivers it."""

import json
from typing import TYPE_CHECKING

from contracts.events.envelope import Envelope

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_LONGEST = 900
"""Seconds: the most SQS delays a message."""


class AlertsQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def put(self, event: Envelope, seconds: int) -> None:
        """Back after *seconds*, at most a quarter of an hour."""
        body = {"source": event.source, "detail-type": event.type, "detail": event.as_detail()}
        self._client.send_message(
            QueueUrl=self._url, MessageBody=json.dumps(body), DelaySeconds=min(max(seconds, 0), _LONGEST)
        )
