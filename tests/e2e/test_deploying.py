"""Deploying mends what a deployment left half done, and repeating it changes nothing."""

import json
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


def test_reddits_keys_go_from_the_environment_to_the_parameter_store(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = replace(platform.target, bus="tickertape-keys")
    assert deploying.reddit_credentials(target) == {}
    monkeypatch.setenv("REDDIT_CLIENT_ID", "id")
    with pytest.raises(TapeError, match="set REDDIT_CLIENT_SECRET, REDDIT_USER_AGENT too"):
        deploying.reddit_credentials(target)
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", "hush")
    monkeypatch.setenv("REDDIT_USER_AGENT", "tests")

    assert deploying.reddit_credentials(target) == {"RedditParameter": "/tickertape-keys/reddit"}

    ssm = platform.target.client("ssm")
    kept = ssm.get_parameter(Name="/tickertape-keys/reddit", WithDecryption=True)["Parameter"]
    assert kept["Type"] == "SecureString"
    assert json.loads(kept["Value"]) == {"client_id": "id", "client_secret": "hush", "user_agent": "tests"}
