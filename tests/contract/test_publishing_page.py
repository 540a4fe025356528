"""The page on publishing is true: what it shows runs, compiles and parses, and it names every error."""

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from contracts.bus import errors
from contracts.events.catalogue import EVENTS
from tests.contract.node import compiled
from tools.contracts.shelf import OURS

PAGE = (OURS.root / "PUBLISHING.md").read_text("utf-8")
HERE = Path(__file__).parent


def _block(language: str, page: str = PAGE) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return str(block)


@pytest.fixture
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.mark.usefixtures("_aws")
def test_the_python_of_the_page_puts_a_follow_on_the_bus_under_the_id_it_gives() -> None:
    with mock_aws():
        events, sqs = boto3.client("events"), boto3.client("sqs")
        events.create_event_bus(Name="tickertape")
        queue = sqs.create_queue(QueueName="tap")["QueueUrl"]
        events.put_rule(Name="tap", EventBusName="tickertape", EventPattern='{"source": ["tickertape.app"]}')
        arn = "arn:aws:sqs:us-east-1:123456789012:tap"
        events.put_targets(Rule="tap", EventBusName="tickertape", Targets=[{"Id": "tap", "Arn": arn}])

        names: dict[str, Any] = {}
        exec(_block("python"), names)  # noqa: S102 (the page's own code)

        (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    entry = json.loads(message["Body"])
    assert entry["detail-type"] == "TickerFollowed.v1"
    assert entry["detail"]["id"] == names["sent"].id
    (rule,) = entry["detail"]["data"]["rules"]
    assert (rule["kind"], rule["threshold"]) == ("price_move", "5")


def test_the_three_lines_are_the_same_on_the_package_page() -> None:
    readme = _block("python", (OURS.root / "README.md").read_text("utf-8")).splitlines()
    assert len(readme) == 3
    plain = re.sub(r"rules=\w+|rules=\(\)|sent = ", "", _block("python"))
    assert all(re.sub(r"rules=\(\)", "", line) in plain for line in readme)


def test_the_page_names_every_error_of_the_bus_and_no_other() -> None:
    raised = {cls.__name__ for cls in errors.BusError.__subclasses__()}
    table = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert set(table) == raised | {"ValidationError"}


def test_the_role_of_the_page_may_do_what_a_publisher_does() -> None:
    policy = json.loads(_block("json"))
    assert [statement["Action"] for statement in policy["Statement"]] == [
        "events:PutEvents",
        "events:DescribeEventBus",
    ]


def test_the_shell_line_of_the_page_gives_an_event() -> None:
    tape, publish, detail_type, *options = shlex.split(_block("sh"))
    assert (tape, publish, options[0], options[2]) == ("tape", "publish", "--key", "--data")
    EVENTS[detail_type].model_validate_json(options[3])


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("", "", ""),
        ("user_id: userId", "user: userId", "user"),
        ('threshold: "5"', "threshold: 5", "'number' is not assignable to type 'string'"),
        ('type: "TickerFollowed.v1"', 'type: "TickerFolowed.v1"', "TickerFolowed.v1"),
        ('source: "tickertape.app"', 'source: "portal"', "portal"),
    ],
)
def test_the_typescript_of_the_page_compiles_and_a_slip_in_it_does_not(
    tmp_path: Path, was: str, now: str, said: str
) -> None:
    shutil.copy(OURS.root / "typescript" / "events.d.ts", tmp_path)
    shutil.copy(HERE / "aws.d.ts", tmp_path)
    page = tmp_path / "follow.ts"
    page.write_text(_block("typescript").replace(was, now) if was else _block("typescript"), "utf-8")
    done = compiled(page, tmp_path / "aws.d.ts")
    assert (done.returncode == 0) == (not was), done.stdout
    assert said in done.stdout
