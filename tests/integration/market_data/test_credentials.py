"""Credentials in Secrets Manager, through Powertools."""

import json
from collections.abc import Iterator

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from moto import mock_aws

from services.market_data.credentials import Secret

TIINGO = {"token": "first"}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsProvider]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield SecretsProvider(boto3_client=boto3.client("secretsmanager", region_name="us-east-1"))


def keep(provider: SecretsProvider, text: str) -> None:
    provider.client.create_secret(Name="providers", SecretString=text)


def test_each_provider_has_its_own_and_what_changed_is_seen_when_asked_anew(
    provider: SecretsProvider,
) -> None:
    keep(provider, json.dumps({"tiingo": TIINGO}))
    secret = Secret("providers", lambda: provider)
    assert secret.of("tiingo") == TIINGO
    provider.client.put_secret_value(SecretId="providers", SecretString='{"tiingo": {"token": "second"}}')
    assert secret.of("tiingo") == TIINGO
    assert secret.of("tiingo", renewed=True) == {"token": "second"}
    assert secret.of("tiingo") == {"token": "second"}


@pytest.mark.parametrize(
    "text", ["{}", "no JSON", "[]", '{"tiingo": "first"}', '{"tiingo": {}}', '{"alpaca": {"k": "v"}}']
)
def test_a_secret_without_them_is_no_credentials(provider: SecretsProvider, text: str) -> None:
    keep(provider, text)
    assert Secret("providers", lambda: provider).of("tiingo") is None


def test_a_secret_nobody_keeps_is_no_credentials(provider: SecretsProvider) -> None:
    assert Secret("providers", lambda: provider).of("tiingo") is None


def test_without_a_name_no_client_is_made() -> None:
    def fail() -> SecretsProvider:
        raise AssertionError("made")

    assert Secret("", fail).of("tiingo") is None
