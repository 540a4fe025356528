"""The deployed platform as its operator sees it: queues, tables, the journal, and the bus to publish on."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope, Event, instant_text
from tools.tape.deploying import Target
from tools.tape.errors import TapeError

_POLL_SECONDS = 0.15


@dataclass(frozen=True)
class Depth:
    """How many messages wait in a queue, and how many are being handled."""

    queue: str
    waiting: int
    in_flight: int


class Platform:
    """Everything under one bus name on one target."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.bus = Bus(target.bus, target.client("events"))
        self._sqs = target.client("sqs")
        self._account = target.client("sts").get_caller_identity()["Account"]
        self._dynamodb = target.resource("dynamodb")

    def publish(self, event: Event, *, key: str, at: datetime) -> Envelope:
        """Announces an app's event."""
        return self.bus.publish(event, key=key, at=at)

    def tick(self, calendar: str, due_at: datetime) -> None:
        """Does what the scheduler would: tells the schedule *calendar* that *due_at* has come."""
        due = Due(schedule=f"{self.target.bus}-{calendar}", due_at=due_at)
        self.send(calendar, json.dumps({"schedule": due.schedule, "due_at": instant_text(due.due_at)}))

    def send(self, queue: str, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._url(f"{self.target.bus}-{queue}"), MessageBody=body)

    def upload(self, service: str, key: str, body: bytes, metadata: dict[str, str] | None = None) -> None:
        """Puts an object into the service's bucket, unless the very same is there already."""
        s3 = self.target.client("s3")
        bucket = self.bucket(service)
        digest = sha256(body).hexdigest()
        wanted = {**(metadata or {}), "sha256": digest}
        try:
            if s3.head_object(Bucket=bucket, Key=key)["Metadata"] == wanted:
                return
        except ClientError:
            pass  # not there yet
        s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=wanted)

    def bucket(self, service: str) -> str:
        return f"{self.target.bus}-{service.replace('_', '-')}-{self._account}"

    def machine(self, name: str) -> str:
        """The address of a state machine. Raises TapeError when it is not deployed."""
        wanted = f"{self.target.bus}-{name}"
        for page in self.target.client("stepfunctions").get_paginator("list_state_machines").paginate():
            for machine in page["stateMachines"]:
                if machine["name"] == wanted:
                    return str(machine["stateMachineArn"])
        raise TapeError(f"there is no state machine {wanted}; is everything deployed? `tape status` tells")

    def table(self, name: str) -> Any:
        return self._dynamodb.Table(f"{self.target.bus}-{name}")

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Every item of a table, page by page. Raises TapeError naming the tables there are."""
        try:
            yield from self._pages(self.table(name))
        except self._dynamodb.meta.client.exceptions.ResourceNotFoundException as error:
            prefix = f"{self.target.bus}-"
            there = [one.removeprefix(prefix) for one in self._table_names() if one.startswith(prefix)]
            raise TapeError(f"no table {name[:64]!r}; there are {', '.join(there)}") from error

    def dumps(self) -> dict[str, list[str]]:
        """Every table's items as sorted JSON, the same for the same contents; expiry is not content."""
        return {
            name: sorted(
                json.dumps({k: v for k, v in row.items() if k != "expires_at"}, sort_keys=True, default=plain)
                for row in rows
            )
            for name, rows in self.tables()
        }

    def tables(self) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
        """Every table of ours, by its name without the bus's, and its items."""
        prefix = f"{self.target.bus}-"
        for name in self._table_names():
            if name.startswith(prefix):
                yield name.removeprefix(prefix), self._pages(self._dynamodb.Table(name))

    def objects(self) -> Iterator[tuple[str, str, Iterator[bytes]]]:
        """Bucket, key and content of every object of ours; what is deployed from is not looked into."""
        s3 = self.target.resource("s3")
        for bucket in s3.buckets.all():
            if bucket.name.startswith(f"{self.target.bus}-"):
                for found in bucket.objects.all():
                    if not found.key.endswith(".zip"):
                        yield bucket.name, found.key, found.get()["Body"].iter_chunks()

    def journal(self) -> list[Envelope]:
        """Every event the journal holds."""
        return [Envelope.model_validate_json(row["envelope"]) for row in self.rows("Journal")]

    def event(self, id_: str) -> Envelope | None:
        item = self.table("Journal").get_item(Key={"pk": f"EVENT#{id_}"}).get("Item")
        return Envelope.model_validate_json(item["envelope"]) if item else None

    def notification(self, id_: str) -> Envelope | None:
        """The event that says notification *id_* was sent, or was held."""
        told = [e for e in self.journal() if e.data.get("notification_id") == id_]
        order = ("NotificationSent.v1", "NotificationHeld.v1", "NotificationFailed.v1", "AlertFired.v1")
        return min(told, key=lambda e: (order.index(e.type), e.id), default=None)

    def stacks(self) -> dict[str, str]:
        """State of each stack of ours, by its short name."""
        prefix = f"{self.target.bus}-"
        pages = self.target.client("cloudformation").get_paginator("describe_stacks").paginate()
        found = [stack for page in pages for stack in page["Stacks"] if not stack.get("ParentId")]
        return {
            stack["StackName"].removeprefix(prefix): stack["StackStatus"]
            for stack in found
            if stack["StackName"].startswith(prefix)
        }

    def functions(self) -> list[str]:
        """Names of the functions of ours."""
        pages = self.target.client("lambda").get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        return sorted(name for name in names if name.startswith(f"{self.target.bus}-"))

    def depths(self) -> list[Depth]:
        return [self._depth(url) for url in self._urls()]

    def settle(self, within: float = 120, tell: Callable[[int], None] = lambda _: None) -> None:
        """Waits until no queue holds anything. Raises TapeError naming what is stuck for *within* seconds.

        A message is in some queue from the moment its event is accepted until its handler is done, so three
        empty looks in a row mean rest. Dead letters do not count: they rest too.
        """
        quiet, least, deadline = 0, None, time.monotonic() + within
        while quiet < 3:
            busy = [d for d in self.depths() if d.waiting + d.in_flight and not d.queue.endswith("-dead")]
            quiet = 0 if busy else quiet + 1
            left = sum(d.waiting + d.in_flight for d in busy)
            tell(left)
            if least is None or left < least:
                least, deadline = left, time.monotonic() + within
            if time.monotonic() > deadline:
                stuck = ", ".join(f"{d.queue} ({d.waiting} waiting, {d.in_flight} in hand)" for d in busy)
                raise TapeError(f"the queues did not drain within {within:.0f} s: {stuck}; see `tape status`")
            time.sleep(_POLL_SECONDS)

    @contextmanager
    def tap(self, detail_types: list[str] | None = None) -> Iterator["Tap"]:
        """A queue of one's own on the bus, as any stranger's consumer would make; gone afterwards."""
        name = f"{self.target.bus}-tap-{uuid4().hex[:8]}"
        events = self.target.client("events")
        url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        pattern: dict[str, Any] = {"source": [{"prefix": "tickertape."}]}
        if detail_types:
            pattern["detail-type"] = detail_types
        try:
            rule = events.put_rule(Name=name, EventBusName=self.target.bus, EventPattern=json.dumps(pattern))
            self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _policy(arn, rule["RuleArn"])})
            events.put_targets(Rule=name, EventBusName=self.target.bus, Targets=[{"Id": "tap", "Arn": arn}])
            yield Tap(self._sqs, url)
        finally:
            events.remove_targets(Rule=name, EventBusName=self.target.bus, Ids=["tap"])
            events.delete_rule(Name=name, EventBusName=self.target.bus)
            self._sqs.delete_queue(QueueUrl=url)

    def taps(self) -> int:
        """How many taps are open."""
        rules = self.target.client("events").list_rules(
            EventBusName=self.target.bus, NamePrefix=f"{self.target.bus}-tap-"
        )
        return len(rules["Rules"])

    def dead_letters(self) -> list[tuple[str, str]]:
        """(queue, body) of every dead letter, left where it is."""
        found = []
        for url in self._urls():
            if url.endswith("-dead"):
                found += [(url.rsplit("/", 1)[1], body) for body in self._peek(url)]
        return found

    def purge(self, queue: str) -> None:
        """Empties a queue."""
        self._sqs.purge_queue(QueueUrl=self._url(f"{self.target.bus}-{queue}"))

    def api_url(self) -> str | None:
        """Base URL of the HTTP front."""
        apis = self.target.client("apigateway").get_rest_apis()["items"]
        for api in apis:
            if api["name"] == self.target.bus:
                if self.target.endpoint:
                    return f"{self.target.endpoint}/restapis/{api['id']}/v1/_user_request_"
                return f"https://{api['id']}.execute-api.{self._sqs.meta.region_name}.amazonaws.com/v1"
        return None

    def _peek(self, url: str) -> Iterator[str]:
        received = []
        while messages := self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30
        ).get("Messages"):
            received += messages
        for message in received:
            self._sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
            yield message["Body"]

    def _depth(self, url: str) -> Depth:
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        return Depth(url.rsplit("/", 1)[1], int(found[wanted[0]]), int(found[wanted[1]]))

    def _urls(self) -> list[str]:
        pages = self._sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{self.target.bus}-")
        urls = [url for page in pages for url in page.get("QueueUrls", [])]
        return [url for url in urls if "-tap-" not in url]

    def _url(self, name: str) -> str:
        try:
            return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])
        except ClientError as error:
            raise TapeError(
                f"there is no queue {name}; is everything deployed? `tape status` tells"
            ) from error

    def _table_names(self) -> list[str]:
        pages = self.target.client("dynamodb").get_paginator("list_tables").paginate()
        return [name for page in pages for name in page["TableNames"]]

    def _pages(self, table: Any) -> Iterator[dict[str, Any]]:
        answer = table.scan()
        yield from answer["Items"]
        while "LastEvaluatedKey" in answer:
            answer = table.scan(ExclusiveStartKey=answer["LastEvaluatedKey"])
            yield from answer["Items"]


class Tap:
    """A queue that hears the bus."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs, self._url = sqs, url

    def listen(self, wait: int = 1) -> list[dict[str, Any]]:
        """The next EventBridge entries, up to ten, waiting at most *wait* seconds; each is given once."""
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        messages = answer.get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


def _policy(queue: str, rule: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def plain(value: object) -> object:
    """A set has no order of its own."""
    return sorted(map(str, value)) if isinstance(value, set) else str(value)
