"""Templates and code say the same: who hears what, who announces what, who may do what."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope, Event
from tools.contracts.for_others import FOR_OTHERS
from tools.package import SERVICES
from tools.tape import templates

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted({*(ROOT / "infra").glob("*.yaml"), *(ROOT / "services").glob("*/template.yaml")})
TEMPLATES.remove(ROOT / "infra" / "openapi.yaml")  # a document put into api.yaml
HANDLERS = sorted((ROOT / "services").glob("*/handlers/*.py"))


def _template(service: str) -> dict[str, Any]:
    template: dict[str, Any] = yaml_parse((ROOT / "services" / service / "template.yaml").read_text("utf-8"))
    return template


def _of_type(service: str, kind: str) -> dict[str, dict[str, Any]]:
    resources = _template(service)["Resources"]
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def _inboxes(service: str) -> dict[str, set[str]]:
    """Inbox name → detail-types, of the stacks made from inbox.yaml; `*` for every event."""
    found = {}
    for name, stack in _of_type(service, "AWS::CloudFormation::Stack").items():
        if stack["TemplateURL"].endswith("inbox.yaml"):
            parameters = stack["Parameters"]
            found[name] = (
                {"*"} if parameters.get("Everything") == "yes" else _listed(parameters["DetailTypes"])
            )
    return found


def _listed(value: Any) -> set[str]:
    items = value.split(",") if isinstance(value, str) else value["Fn::Join"][1]
    return {item.strip() for item in items}


def _fed_by(function: dict[str, Any]) -> Iterator[str]:
    """Logical names of the inboxes and calendars whose queues a function reads."""
    for source in function.get("Events", {}).values():
        if source["Type"] == "SQS":
            queue = source["Properties"]["Queue"]["Fn::GetAtt"]
            yield (queue if isinstance(queue, list) else queue.split("."))[0]


def _routed(handler: Path) -> set[str]:
    """Detail-types a handler file routes: the keys of the mapping it gives to `consume`."""
    tree = ast.parse(handler.read_text("utf-8"))
    origin = {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    names = [
        key.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "consume"
        for key in (node.args[0].keys if isinstance(node.args[0], ast.Dict) else [])
        if isinstance(key, ast.Name)
    ]
    classes = [getattr(importlib.import_module(origin[name] or ""), name) for name in names]
    return {"*" if cls is Envelope else cls.detail_type for cls in classes}


def _announced(service: str) -> set[str]:
    return {name for name, cls in EVENTS.items() if cls.source == f"tickertape.{service}"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_only_to_events_somebody_announces_under_that_source(service: str) -> None:
    for stack in _of_type(service, "AWS::CloudFormation::Stack").values():
        parameters = stack["Parameters"]
        if stack["TemplateURL"].endswith("inbox.yaml") and parameters.get("Everything") != "yes":
            sources = _listed(parameters["Sources"])
            for detail_type in _listed(parameters["DetailTypes"]):
                assert EVENTS[detail_type].source in sources
            assert sources == {EVENTS[name].source for name in _listed(parameters["DetailTypes"])}


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: f"{path.parts[-3]}.{path.stem}")
def test_a_handler_routes_exactly_what_its_queues_bring(handler: Path) -> None:
    service = handler.parts[-3]
    function = next(
        f
        for f in _of_type(service, "AWS::Serverless::Function").values()
        if f["Handler"] == f"services.{service}.handlers.{handler.stem}.handler"
    )
    stacks = _of_type(service, "AWS::CloudFormation::Stack")
    brought: set[str] = set()
    for name in _fed_by(function):
        if name not in stacks:
            queue = _template(service)["Resources"][name]
            brought |= set(queue.get("Metadata", {}).get("Brings", "ObjectLanded").split(","))
        elif stacks[name]["TemplateURL"].endswith("calendar.yaml"):
            brought.add("Due")
        else:
            brought |= _inboxes(service)[name]
    assert _routed(handler) == brought


@pytest.mark.parametrize("service", SERVICES)
def test_every_function_has_a_handler_file_of_its_name_and_every_file_a_function(service: str) -> None:
    functions = _of_type(service, "AWS::Serverless::Function").values()
    stems = {h.stem for h in HANDLERS if h.parts[-3] == service}
    assert {f["Handler"].split(".")[-2] for f in functions} == stems
    for function in functions:
        assert function["FunctionName"] == {"Fn::Sub": "${BusName}-" + function["Handler"].split(".")[-2]}


@pytest.mark.parametrize("service", SERVICES)
def test_every_queue_is_patient_enough_and_reports_single_failures(service: str) -> None:
    template = _template(service)
    shared = template["Globals"]["Function"]
    for function in _of_type(service, "AWS::Serverless::Function").values():
        timeout = function.get("Timeout", shared["Timeout"])
        for source in function.get("Events", {}).values():
            assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert source["Properties"]["ScalingConfig"]["MaximumConcurrency"] >= 2
        for name in _fed_by(function):
            assert _patience(template, name) >= 6 * timeout, name


def _patience(template: dict[str, Any], name: str) -> int:
    """Visibility timeout in seconds behind an inbox, a calendar or a queue, as deployed by default."""
    given = template["Resources"][name]["Properties"]
    seconds = given.get("Parameters", given).get("VisibilityTimeout")
    if isinstance(seconds, dict):
        seconds = template["Parameters"][seconds["Ref"]]["Default"]
    return int(seconds)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_publish_only_under_its_own_source(service: str) -> None:
    text = (ROOT / "services" / service / "template.yaml").read_text("utf-8")
    statements = [
        s
        for f in _of_type(service, "AWS::Serverless::Function").values()
        for p in f.get("Policies", [])
        if isinstance(p, dict)
        for s in p.get("Statement", [])
        if "events:PutEvents" in str(s["Action"])
    ]
    assert text.count("events:PutEvents") >= len(statements)
    assert bool(statements) == bool(_announced(service))
    for statement in statements:
        assert statement["Condition"] == {"StringEquals": {"events:source": f"tickertape.{service}"}}
        assert statement["Resource"] != "*"


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_tells_what_is_heard_and_announced(service: str) -> None:
    readme = (ROOT / "services" / service / "README.md").read_text("utf-8")
    heard = set().union(*_inboxes(service).values()) - {"*"}
    for row, wanted in (("Hears", heard), ("Announces", _announced(service))):
        line = next(line for line in readme.splitlines() if line.startswith(f"| {row}"))
        assert set(re.findall(r"`(\w+\.v\d+)`", line)) == wanted, row


def test_every_event_has_a_consumer_or_is_meant_for_others() -> None:
    heard = set().union(*(types for service in SERVICES for types in _inboxes(service).values())) - {"*"}
    assert set(EVENTS) - heard == set(FOR_OTHERS)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_sam_transform_of_a_template_passes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    template = yaml_parse(path.read_text("utf-8"))
    assert template["Resources"]
    if "Transform" in template:
        shared = template["Globals"]["Function"]
        shared["CodeUri"] = {"Bucket": "artifacts", "Key": "package.zip"}
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::CloudFormation::Stack":
                resource["Properties"]["TemplateURL"] = "https://example.com/nested.json"
        values = {"Runtime": "python3.13"}
        done = transform(template, values, _NoManagedPolicies())
        assert any(r["Type"] == "AWS::Lambda::Function" for r in done["Resources"].values())


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_template_fits_into_one_call(service: str) -> None:
    """With room for the address of its package, which is put in when it is deployed."""
    whole = templates.body(templates.read(ROOT / "services" / service / "template.yaml"))
    assert len(whole.encode()) < 51_200 - 500


class _NoManagedPolicies:
    """The transform asks for AWS's managed policies by name; the few it needs are known."""

    def load(self) -> dict[str, str]:
        known = ("AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole", "AWSXrayWriteOnlyAccess")
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}" for name in known}


def test_events_are_named_once_and_announced_by_the_service_that_owns_the_module() -> None:
    for name, cls in EVENTS.items():
        assert issubclass(cls, Event)
        assert cls.source == f"tickertape.{cls.__module__.rsplit('.', 1)[1]}"
        assert name == re.sub(r"V(\d+)$", r".v\1", cls.__name__)
