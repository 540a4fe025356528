"""An event goes to its second version on a bus of its own, step by step as contracts/VERSIONS.md tells."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.envelope import Event
from tests.builders import NOON
from tests.e2e.conftest import ROOT
from tests.eventually import eventually
from tests.quotes import SOURCE, QuoteSeenV1, QuoteSeenV2
from tools.contracts.wiring import inboxes, listeners
from tools.tape import deploying, templates
from tools.tape.deploying import Target
from tools.tape.platform import Platform

NAME = "versions"
ALARMS = "arn:aws:sns:us-east-1:000000000000:alarms"

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters: {{ BusName: {{ Type: String }}, AlarmTopic: {{ Type: String }} }}
Resources:
  Quotes:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ../../infra/inbox.yaml
      Parameters:
        BusName: !Ref BusName
        Name: !Sub "${{BusName}}-{team}-quotes"
        Sources: {source}
        DetailTypes: {listed}
        AlarmTopic: !Ref AlarmTopic
"""


class Team:
    """A consumer: its template with an inbox, its queue, and the real `consume` behind it."""

    def __init__(self, repository: Path, target: Target, team: str, route: type[Event]) -> None:
        self.heard: list[Any] = []
        self._target, self._team = target, team
        self._folder = repository / "services" / team
        self._folder.mkdir(parents=True)
        text = TEMPLATE.format(team=team, source=SOURCE, listed=route.detail_type)
        (self._folder / "template.yaml").write_text(text, "utf-8")
        self._sqs, events = target.client("sqs"), target.client("events")
        self._handler = consume({route: lambda event, _: self.heard.append(event)}, bus=Bus(NAME, events))

    def deploy(self) -> None:
        known = {"BusName": NAME, "AlarmTopic": ALARMS}
        deploying.apply(self._target, self._team, templates.read(self._folder / "template.yaml"), known)

    def leave(self) -> None:
        """Deletes the inbox: the template, and what was deployed of it."""
        client, stack = self._target.client("cloudformation"), f"{NAME}-{self._team}"
        (self._folder / "template.yaml").unlink(missing_ok=True)
        client.delete_stack(StackName=stack)
        client.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})

    def hear(self) -> list[Any]:
        """What was heard so far, after one look into the queue."""
        url = self._sqs.get_queue_url(QueueName=f"{NAME}-{self._team}-quotes")["QueueUrl"]
        found = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        records = [{"messageId": m["MessageId"], "body": m["Body"], "attributes": {}} for m in found]
        assert self._handler({"Records": records}, None) == {"batchItemFailures": []}
        for message in found:
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return self.heard


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Where two teams keep their templates, beside the inbox everybody nests."""
    (tmp_path / "infra").symlink_to(ROOT / "infra")
    return tmp_path


@pytest.fixture
def target(platform: Platform) -> Iterator[Target]:
    """The embedded target with a bus of its own on it."""
    target = Target("embedded", NAME, platform.target.endpoint)
    events = target.client("events")
    events.create_event_bus(Name=NAME)
    yield target
    events.delete_event_bus(Name=NAME)


def _announce(bus: Bus, number: int, *, first: bool, second: bool = True) -> None:
    """What the producer says of a quote, in the versions it announces at this step."""
    at, price, key = NOON + timedelta(minutes=number), Decimal("347.51"), f"tick-{number}"
    quote: dict[str, Any] = {"quote_id": f"q-{number}", "price": price, "seen_at": at}
    if first:
        bus.publish(QuoteSeenV1(pair="GME/USD", **quote), key=key, at=at)
    if second:
        bus.publish(QuoteSeenV2(ticker="GME", currency="USD", **quote), key=key, at=at)


def _waiting_for(repository: Path) -> list[str]:
    return [inbox.service for inbox in listeners(inboxes(repository), "QuoteSeen.v1")]


def _ids(events: list[Any]) -> list[str]:
    return sorted(event.quote_id for event in events)


def test_a_field_is_split_in_two_and_no_consumer_meets_what_it_cannot_read(
    target: Target, repository: Path
) -> None:
    bus = Bus(NAME, target.client("events"))
    ledger = Team(repository, target, "ledger", QuoteSeenV1)
    ledger.deploy()
    _announce(bus, 1, first=True, second=False)
    eventually(lambda: _ids(ledger.hear()) == ["q-1"])

    screen = Team(repository, target, "screen", QuoteSeenV2)
    screen.deploy()
    _announce(bus, 2, first=bool(_waiting_for(repository)))
    eventually(lambda: _ids(ledger.hear()) == ["q-1", "q-2"])
    eventually(lambda: _ids(screen.hear()) == ["q-2"])
    assert {type(event) for event in ledger.heard} == {QuoteSeenV1}
    assert [(event.ticker, event.currency) for event in screen.heard] == [("GME", "USD")]
    assert _waiting_for(repository) == ["ledger"]

    ledger.leave()
    assert _waiting_for(repository) == []
    assert [json.loads(rule["EventPattern"])["detail-type"] for rule in _rules(target)] == [["QuoteSeen.v2"]]

    _announce(bus, 3, first=bool(_waiting_for(repository)))
    eventually(lambda: _ids(screen.hear()) == ["q-2", "q-3"])
    assert (_ids(ledger.heard), {type(event) for event in screen.heard}) == (["q-1", "q-2"], {QuoteSeenV2})
    screen.leave()


def _rules(target: Target) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = target.client("events").list_rules(EventBusName=NAME)["Rules"]
    return rules
