"""The jobs queue: one message a try, shaped as the bus would deliver it."""

import json
from typing import TYPE_CHECKING

from contracts.events.envelope import Envelope

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


class JobsQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def put(self, asked: Envelope) -> None:
        body = {"source": asked.source, "detail-type": asked.type, "detail": asked.as_detail()}
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))
