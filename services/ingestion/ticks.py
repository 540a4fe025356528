"""The queue that ticks come from: a tick that could not finish goes back to its end, with a fresh start."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from contracts.events.arrivals import Due
from contracts.events.envelope import instant_text

if TYPE_CHECKING:
    from types_boto3_sqs.service_resource import SQSServiceResource

LONGEST_DELAY = timedelta(minutes=15)
"""What SQS grants."""


class Ticks:
    """A schedule and its queue have one name."""

    def __init__(self, sqs: "SQSServiceResource") -> None:
        self._sqs = sqs

    def again(self, due: Due, delay: timedelta) -> None:
        """Sends the tick again; returned by its queue, it would be counted and end among the dead."""
        seconds = min(max(delay, timedelta(seconds=1)), LONGEST_DELAY).total_seconds()
        self._sqs.get_queue_by_name(QueueName=due.schedule).send_message(
            MessageBody=json.dumps({"schedule": due.schedule, "due_at": instant_text(due.due_at)}),
            DelaySeconds=int(-(-seconds // 1)),
        )
