"""What a person sees when something is wrong: one line with the remedy, exit code 2, no traceback."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, TapeRun
from tests.eventually import eventually
from tools.tape import emulator
from tools.tape.platform import Platform

NUL = r'{"user_id": "u", "channels": [], "time_zone": "UTC\u0000", "changed_at": "2021-01-27T12:00:00Z"}'


def _says(answer: "subprocess.CompletedProcess[str]", *words: str) -> None:
    assert answer.returncode == 2, answer.stdout + answer.stderr
    lines = [line for line in answer.stderr.splitlines() if line.strip()]
    assert "Traceback" not in answer.stderr
    assert len(lines) == 1, answer.stderr
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    "command",
    [["status"], ["down"], ["tail"], ["why", "x"], ["dlq"], ["publish", "UserDeleted.v1", "--data", "{}"]],
    ids=lambda command: command[0],
)
def test_a_command_says_when_nothing_is_up(command: list[str], tape: TapeRun, tmp_path: Path) -> None:
    if command[0] == "publish":
        command = [*command[:3], json.dumps({"user_id": "u", "deleted_at": "2021-01-27T12:00:00Z"})]
    _says(tape(*command, home=tmp_path), "nothing is up")


def test_a_port_in_use_is_named_with_the_way_out(tape: TapeRun, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        _says(tape("up", "--detach", "--port", port, home=tmp_path), f"port {port} is in use", "--port")
    assert emulator.running(tmp_path) is None


def test_a_folder_that_cannot_be_written_is_named(tape: TapeRun, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    _says(tape("up", "--detach", home=file / "below"), str(file), "TAPE_HOME")


def test_a_second_up_says_where_the_first_is(platform: Platform, tape: TapeRun) -> None:
    _says(tape("up", "--detach"), "already up", str(platform.target.endpoint), "tape down")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["publish", "TickerFolowed.v1", "--data", "{}"],
            ["no event 'TickerFolowed.v1'", "TickerFollowed.v1"],
        ),
        (["publish", "TickerFollowed.v1", "--data", "{"], ["not JSON"]),
        (["publish", "TickerFollowed.v1"], ["--data", "--file"]),
        (["publish", "TickerFollowed.v1", "--file", "/nowhere.json"], ["cannot read /nowhere.json"]),
        (
            ["publish", "UserDeleted.v1", "--data", '{"user_id": "u", "deleted_at": "2021-01-27T12:00:00"}'],
            ["deleted_at", "timezone"],
        ),
        (["publish", "ContactChanged.v1", "--data", NUL], ["ContactChanged.v1", "time_zone holds a NUL"]),
        (["tail", "--detail-type", "Nothing.v1"], ["no event 'Nothing.v1'"]),
        (["why", "no-such-id"], ["no event or notification 'no-such-id'"]),
        (["demo", "--posts", "/nowhere.ndjson"], ["/nowhere.ndjson does not exist", "--posts"]),
        (["deploy", "--target", "moon"], ["no target 'moon'", "embedded, localstack and aws"]),
    ],
)
def test_bad_input_is_answered_with_the_field_and_the_remedy(
    arguments: list[str], words: list[str], platform: Platform, tape: TapeRun
) -> None:
    _says(tape(*arguments), *words)


def test_a_wrong_bus_is_named_though_the_target_would_take_the_event(
    platform: Platform, tape: TapeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: Any = {"EventBusName": "tickertap", "Source": "x", "DetailType": "y", "Detail": "{}"}
    assert platform.target.client("events").put_events(Entries=[lost])["FailedEntryCount"] == 0
    monkeypatch.setenv("TAPE_TARGET", "localstack")
    monkeypatch.setenv("TAPE_BUS", "tickertap")
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(platform.target.endpoint))
    data = json.dumps({"user_id": "nobody", "deleted_at": "2021-01-27T12:00:00Z"})
    _says(tape("publish", "UserDeleted.v1", "--data", data), "there is no bus 'tickertap'", "tickertape")


def test_the_shell_line_of_the_page_on_publishing_is_an_event(platform: Platform, tape: TapeRun) -> None:
    page = (ROOT / "contracts" / "PUBLISHING.md").read_text("utf-8")
    _, _, rest = page.partition("```sh\ntape ")
    answer = tape(*shlex.split(rest.partition("\n```")[0]))
    assert answer.returncode == 0, answer.stderr
    assert "TickerFollowed.v1 alice/GME" in answer.stdout


def test_an_unknown_option_is_a_usage_error_without_traceback(tape: TapeRun) -> None:
    answer = tape("demo", "--fast")
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert "--fast" in answer.stderr


def test_what_is_published_is_heard_by_tail(platform: Platform, tape: TapeRun, tape_home: Path) -> None:
    tail = subprocess.Popen(
        [str(Path(sys.executable).with_name("tape")), "tail", "--json", "--detail-type", "UserDeleted.v1"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TAPE_HOME": str(tape_home), "PYTHONUNBUFFERED": "1"},
        cwd=ROOT,
    )
    try:
        eventually(lambda: platform.taps() > 0)
        data = json.dumps({"user_id": "nobody", "deleted_at": "2021-01-27T12:00:00Z"})
        told = json.loads(tape("publish", "UserDeleted.v1", "--data", data, "--key", "k", "--json").stdout)
        assert tail.stdout is not None
        heard = json.loads(tail.stdout.readline())
        assert heard["id"] == told["id"]
    finally:
        tail.send_signal(signal.SIGINT)
        tail.wait(timeout=20)
        assert tail.stdout is not None
        tail.stdout.close()
    assert platform.taps() == 0


def test_an_interrupted_demo_leaves_nothing_running(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [str(Path(sys.executable).with_name("tape")), "demo", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TAPE_HOME": str(tmp_path)},
        cwd=ROOT,
    )
    eventually(lambda: emulator.running(tmp_path), within=120)
    demo.send_signal(signal.SIGINT)
    _, complaint = demo.communicate(timeout=120)
    assert demo.returncode == 130
    assert complaint.strip() == "tape: interrupted; what was begun is safe to begin again"
    assert emulator.running(tmp_path) is None
