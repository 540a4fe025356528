"""A Lambda's real handler beside its own tables, in process: `with Bench("journal", "record_events")`."""

import importlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import quote_plus

import boto3
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from contracts.events.arrivals import Due, ObjectLanded
from contracts.events.envelope import Envelope, instant_text

ROOT = Path(__file__).parents[1]
ACCOUNT = "123456789012"
REGION = "us-east-1"


class BusDown(Exception):
    """The bench was told to refuse calls of an operation."""


class Killed(BaseException):
    """The worker is no more; no code of ours catches this."""


class Bench:
    """Tables and buckets as the service's template has them, on moto; the handler is imported fresh."""

    def __init__(self, service: str, function: str, **settings: str) -> None:
        self._service, self._function, self._settings = service, function, settings
        text = (ROOT / "services" / service / "template.yaml").read_text(encoding="utf-8")
        self._template: dict[str, Any] = yaml_parse(text)
        self._names = _physical_names(self._template)
        self._exit = ExitStack()
        self._refused: str | None = None
        self._calls, self._last = 0, (0, "")
        self._sent = 0

    def __enter__(self) -> Self:
        try:
            return self._set_up()
        except BaseException:
            self._exit.close()
            raise

    def _set_up(self) -> Self:
        self._exit.enter_context(_environment(self._environment()))
        self._exit.enter_context(mock_aws())
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION is not None
        boto3.DEFAULT_SESSION.events.register("before-call", self._refuse)
        boto3.DEFAULT_SESSION.events.register("after-call", self._die)
        self._make_resources()
        self.handler = self._import()
        return self

    def __exit__(self, *exc: object) -> None:
        self._exit.close()

    def deliver(self, *things: Envelope | Due | ObjectLanded | str) -> list[int]:
        """One batch through the handler; gives the positions reported as failed."""
        records = [self._record(thing) for thing in things]
        answer = self.handler({"Records": records}, CONTEXT)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        assert failed <= {record["messageId"] for record in records}
        return [position for position, record in enumerate(records) if record["messageId"] in failed]

    def call(self, event: dict[str, Any]) -> Any:
        """The handler's answer to any event, such as an API Gateway request."""
        return self.handler(event, CONTEXT)

    def announced(self) -> list[Envelope]:
        """Every event that reached the bus so far, repeats included, in order."""
        while messages := self._tap.receive_messages(MaxNumberOfMessages=10):
            for message in messages:
                self._seen.append(Envelope.model_validate(json.loads(message.body)["detail"]))
                message.delete()
        return list(self._seen)

    def refuse_announcements(self) -> AbstractContextManager[None]:
        """The bus is down inside this block: what happens is a crash after the write."""
        return self.refuse("PutEvents")

    @contextmanager
    def refuse(self, operation: str) -> Iterator[None]:
        """Every call of an AWS operation fails inside this block: what happens is a crash before it."""
        self._refused = operation
        try:
            yield
        finally:
            self._refused = None

    @contextmanager
    def kill_at(self, call: int, *, after: bool) -> Iterator[None]:
        """The worker dies at its call of AWS of that number, before or after it was done: `Killed`."""
        self._calls, self._last = 0, (call, "after" if after else "before")
        try:
            yield
        finally:
            self._last = (0, "")

    def dump(self) -> str:
        """All tables of the service as JSON, the same for the same contents; expiry is not content."""
        tables = {
            logical: sorted(
                ({k: v for k, v in item.items() if k != "expires_at"} for item in _scan(self.table(logical))),
                key=lambda item: json.dumps(item, sort_keys=True, default=str),
            )
            for logical, resource in self._template["Resources"].items()
            if resource["Type"] == "AWS::DynamoDB::Table"
        }
        return json.dumps(tables, sort_keys=True, default=_plain, indent=1)

    def empty(self) -> None:
        """Deletes every item of every table: a bench shared by tests begins anew."""
        for logical, resource in self._template["Resources"].items():
            if resource["Type"] == "AWS::DynamoDB::Table":
                table, keys = self.table(logical), resource["Properties"]["KeySchema"]
                names = [key["AttributeName"] for key in keys]
                for item in _scan(table):
                    table.delete_item(Key={name: item[name] for name in names})

    def table(self, logical: str) -> Any:
        return boto3.resource("dynamodb").Table(self._names[logical])

    def bucket(self, logical: str | None = None) -> Any:
        """The service's bucket; *logical* where it has several."""
        found = [n for n, r in self._template["Resources"].items() if r["Type"] == "AWS::S3::Bucket"]
        return boto3.resource("s3").Bucket(self._names[logical or found[0]])

    def _refuse(self, model: Any, **_: Any) -> None:
        self._calls += 1
        if model.name == self._refused:
            raise BusDown(model.name)
        if (self._calls, "before") == self._last:
            raise Killed(model.name)

    def _die(self, model: Any, **_: Any) -> None:
        if (self._calls, "after") == self._last:
            raise Killed(model.name)

    def _environment(self) -> dict[str, str]:
        function = next(
            resource["Properties"]
            for resource in self._template["Resources"].values()
            if resource["Type"] == "AWS::Serverless::Function"
            and resource["Properties"]["Handler"].split(".")[-2] == self._function
        )
        shared = self._template["Globals"]["Function"].get("Environment", {}).get("Variables", {})
        own = function.get("Environment", {}).get("Variables", {})
        resolved = {key: self._resolve(value) for key, value in (shared | own).items()}
        aws = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        return aws | resolved | {"AWS_LAMBDA_FUNCTION_NAME": self._function} | self._settings

    def _resolve(self, value: Any) -> str:
        if isinstance(value, dict) and "Ref" in value:
            return self._names[value["Ref"]]
        if isinstance(value, dict) and "Fn::If" in value:
            return self._resolve(value["Fn::If"][2])  # conditions hold for what an operator gives
        if isinstance(value, dict) and "Fn::Sub" in value:
            return _substitute(value["Fn::Sub"], self._names)
        return str(value)

    def _make_resources(self) -> None:
        client = boto3.client("dynamodb")
        for logical, resource in self._template["Resources"].items():
            wanted = resource.get("Properties", {})
            if resource["Type"] == "AWS::DynamoDB::Table":
                taken = {k: v for k, v in wanted.items() if k in _TABLE_KEYS}
                client.create_table(**taken | {"TableName": self._names[logical]})
            elif resource["Type"] == "AWS::S3::Bucket":
                boto3.client("s3").create_bucket(Bucket=self._names[logical])
        self._make_tap()

    def _make_tap(self) -> None:
        events, sqs = boto3.client("events"), boto3.resource("sqs")
        events.create_event_bus(Name=self._names["BusName"])
        self._tap, self._seen = sqs.create_queue(QueueName="tap"), list[Envelope]()
        pattern = json.dumps({"source": [{"prefix": "tickertape."}]})
        events.put_rule(Name="tap", EventBusName=self._names["BusName"], EventPattern=pattern)
        target: Any = {"Id": "tap", "Arn": self._tap.attributes["QueueArn"]}
        events.put_targets(Rule="tap", EventBusName=self._names["BusName"], Targets=[target])

    def _import(self) -> Any:
        for name in [n for n in sys.modules if n.startswith(f"services.{self._service}.handlers")]:
            del sys.modules[name]
        module = importlib.import_module(f"services.{self._service}.handlers.{self._function}")
        return module.handler

    def _record(self, thing: Envelope | Due | ObjectLanded | str) -> dict[str, Any]:
        self._sent += 1
        body = thing if isinstance(thing, str) else json.dumps(_body(thing))
        attributes = {"SentTimestamp": "1611766800000", "ApproximateReceiveCount": "1"}
        return {"messageId": f"m-{self._sent}", "body": body, "attributes": attributes}


CONTEXT = SimpleNamespace(
    function_name="bench",
    memory_limit_in_mb=512,
    invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:bench",
    aws_request_id="request-1",
    get_remaining_time_in_millis=lambda: 30_000,
)
_TABLE_KEYS = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
)


def _body(thing: Envelope | Due | ObjectLanded) -> dict[str, Any]:
    if isinstance(thing, Due):
        part = {"only": thing.only, "round": thing.round} if thing.only else {}
        return {"schedule": thing.schedule, "due_at": instant_text(thing.due_at), **part}
    if isinstance(thing, ObjectLanded):
        s3 = {"bucket": {"name": thing.bucket}, "object": {"key": quote_plus(thing.key)}}
        return {"Records": [{"eventSource": "aws:s3", "s3": s3}]}
    return {
        "version": "0",
        "id": f"entry-{thing.id}",
        "source": thing.source,
        "detail-type": thing.type,
        "time": instant_text(thing.time),
        "detail": thing.as_detail(),
    }


def _physical_names(template: dict[str, Any]) -> dict[str, str]:
    names = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws"}
    names |= {name: str(spec.get("Default", name)) for name, spec in template["Parameters"].items()}
    names["BusName"] = "tickertape"
    for logical, resource in template["Resources"].items():
        given = resource.get("Properties", {})
        stated = given.get("TableName") or given.get("BucketName") or given.get("FunctionName") or logical
        names[logical] = _substitute(stated["Fn::Sub"], names) if isinstance(stated, dict) else stated
    return names


def _substitute(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("${" + name + "}", value)
    return text


def _scan(table: Any) -> list[dict[str, Any]]:
    answer = table.scan()
    items = list(answer["Items"])
    while "LastEvaluatedKey" in answer:
        answer = table.scan(ExclusiveStartKey=answer["LastEvaluatedKey"])
        items += answer["Items"]
    return items


def _plain(value: object) -> Any:
    return sorted(value, key=str) if isinstance(value, set) else str(value)


@contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(wanted)
    os.environ.pop("AWS_ENDPOINT_URL", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
