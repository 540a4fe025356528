"""Deploying mends what a deployment left half done, and repeating it changes nothing."""

from dataclasses import replace

import pytest

from tools.tape import deploying, session, templates
from tools.tape.errors import TapeError
from tools.tape.platform import Platform


def test_deploying_again_changes_no_stack(platform: Platform) -> None:
    client = platform.target.client("cloudformation")
    before = {s["StackName"]: s.get("LastUpdatedTime") for s in client.describe_stacks()["Stacks"]}
    deploying.deploy(platform.target, session.EMBEDDED_PARAMETERS)
    after = {s["StackName"]: s.get("LastUpdatedTime") for s in client.describe_stacks()["Stacks"]}
    assert after == before


def test_a_half_deployed_stack_is_named_and_then_mended(platform: Platform) -> None:
    target = replace(platform.target, bus="tickertape-half")
    broken = templates.read(templates.ROOT / "infra" / "bus.yaml")
    broken["Resources"]["Moon"] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 999_999}}
    known = {"BusName": target.bus, "Target": "embedded"}

    with pytest.raises(TapeError, match=r"tickertape-half-bus failed: Moon"):
        deploying.apply(target, "bus", broken, known)
    outputs = deploying.apply(target, "bus", templates.read(templates.ROOT / "infra" / "bus.yaml"), known)

    assert outputs["BusArn"].endswith("event-bus/tickertape-half")
    target.client("cloudformation").delete_stack(StackName="tickertape-half-bus")
