"""Queues of our own, whose messages are shaped as the bus delivers them."""

import json
from typing import TYPE_CHECKING

from contracts.events.envelope import Envelope

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_LONGEST = 900
"""Seconds: the most SQS delays a message."""


class OwnQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def put(self, event: Envelope, seconds: int = 0) -> None:
        """It comes after *seconds*, at most a quarter of an hour."""
        body = {"source": event.source, "detail-type": event.type, "detail": event.as_detail()}
        self._client.send_message(
            QueueUrl=self._url, MessageBody=json.dumps(body), DelaySeconds=min(max(seconds, 0), _LONGEST)
        )
