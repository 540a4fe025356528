"""The channels' keys on their way from the environment to the parameter store."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.tape.deploying import channel_keys


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("SLACK_BOT_TOKEN", "RELAY_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield SimpleNamespace(bus="tickertape", client=lambda name: boto3.client(name, "us-east-1"))


def test_without_keys_nothing_is_kept(target: Any) -> None:
    assert channel_keys(target) == {}


def test_what_is_set_is_kept_as_one_secret_and_what_is_not_stays(
    target: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    assert channel_keys(target) == {"KeysParameter": "/tickertape/notifications"}
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.setenv("RELAY_SECRETS", "whsec_a whsec_b")
    channel_keys(target)
    kept = target.client("ssm").get_parameter(Name="/tickertape/notifications", WithDecryption=True)[
        "Parameter"
    ]
    assert json.loads(kept["Value"]) == {"slack_token": "xoxb-1", "relay_secrets": "whsec_a whsec_b"}
    assert kept["Type"] == "SecureString"
