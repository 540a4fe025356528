"""The queue that ticks come from: a part of a tick that waits for its turn goes back to its end."""

import json
from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from contracts.events.arrivals import Due
from contracts.events.envelope import instant_text

if TYPE_CHECKING:
    from types_boto3_sqs.service_resource import SQSServiceResource

LONGEST_DELAY_S = 900
"""What SQS grants."""


class Ticks:
    """A schedule and its queue have one name. *jitter* gives a number from 0 to 1."""

    def __init__(self, sqs: "SQSServiceResource", jitter: Callable[[], float]) -> None:
        self._sqs, self._jitter = sqs, jitter

    def again(self, due: Due, delay: timedelta) -> None:
        """Delivered after *delay* or a quarter more. Returned by its queue, it would end as a dead letter."""
        seconds = ceil(delay.total_seconds() * (1 + self._jitter() / 4))
        told = {
            "schedule": due.schedule,
            "due_at": instant_text(due.due_at),
            "only": due.only,
            "round": due.round,
        }
        self._sqs.get_queue_by_name(QueueName=due.schedule).send_message(
            MessageBody=json.dumps(told), DelaySeconds=min(seconds, LONGEST_DELAY_S)
        )
