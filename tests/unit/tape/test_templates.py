"""Nested templates are set into their parents without a trace of nesting."""

import json
from pathlib import Path

import pytest

from tools.package import SERVICES
from tools.tape import templates

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_becomes_one_flat_stack_with_every_reference_met(service: str) -> None:
    template = templates.read(ROOT / "services" / service / "template.yaml")
    text = json.dumps(template)
    assert "AWS::CloudFormation::Stack" not in text
    assert "Outputs." not in text
    known = {*template["Resources"], *template.get("Parameters", {})}
    for reference in _references(template["Resources"]):
        assert reference in known or reference.startswith("AWS::"), reference


def _references(node: object) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in _references(item)]
    if not isinstance(node, dict):
        return []
    match node:
        case {"Ref": str(name)}:
            return [name]
        case {"Fn::GetAtt": [str(name), *_]} | {"Fn::GetAtt": str(name)}:
            return [name.partition(".")[0]]
    return [found for value in node.values() for found in _references(value)]


def test_an_inbox_takes_its_parents_parameters() -> None:
    resources = templates.read(ROOT / "services" / "journal" / "template.yaml")["Resources"]
    assert resources["EverythingRule"]["Properties"]["EventPattern"] == {
        "source": [{"prefix": "tickertape."}]
    }
    queue = resources["EverythingQueue"]["Properties"]
    assert queue["VisibilityTimeout"] == {"Ref": "VisibilityTimeout"}
    assert queue["QueueName"] == {"Fn::Sub": "${BusName}-journal-everything"}
    dead = resources["EverythingDeadLetters"]["Properties"]["QueueName"]
    assert dead == {"Fn::Sub": ["${Name}-dead", {"Name": {"Fn::Sub": "${BusName}-journal-everything"}}]}
    source = resources["RecordEvents"]["Properties"]["Events"]["Everything"]["Properties"]["Queue"]
    assert source == {"Fn::GetAtt": ["EverythingQueue", "Arn"]}


def test_a_listed_parameter_becomes_a_list() -> None:
    resources = templates.read(ROOT / "services" / "market_data" / "template.yaml")["Resources"]
    pattern = resources["InterestRule"]["Properties"]["EventPattern"]
    assert pattern["source"] == ["tickertape.app", "tickertape.sentiment"]
    assert "TickerFollowed.v1" in pattern["detail-type"]


def test_another_api_document_is_another_deployment() -> None:
    template = templates.api()
    paths = template["Resources"]["Api"]["Properties"]["Body"]["paths"]
    assert {"/health", "/sentiment", "/predict"} <= set(paths)
    deployment = template["Resources"]["Stage"]["Properties"]["DeploymentId"]["Ref"]
    assert template["Resources"][deployment]["Type"] == "AWS::ApiGateway::Deployment"
