"""What we bend in the emulator: functions see nothing of ours, and their packages are unpacked once."""

import socket
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT
from tools.tape import emulator
from tools.tape.platform import Platform


@pytest.mark.parametrize("module", ["boto3", "pydantic", "botocore", "ministack"])
def test_the_functions_interpreter_has_nothing_to_lean_on(module: str, platform: Platform) -> None:
    runtime = ROOT / ".tape" / "python" / "runtime" / "bin" / "python"
    done = subprocess.run([str(runtime), "-c", f"import {module}"], capture_output=True, check=False)
    assert done.returncode == 1, f"{module} is visible to functions without being in their package"


def test_a_package_that_lacks_a_dependency_fails_here_and_not_only_on_aws(platform: Platform) -> None:
    """typer is installed beside us and in no package, so a function that wants it must not start."""
    code = BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("needy.py", "import typer\n\ndef handler(event, context):\n    return 1\n")
    client = platform.target.client("lambda")
    client.create_function(
        FunctionName="needy",
        Runtime="python3.13",
        Handler="needy.handler",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": code.getvalue()},
    )
    try:
        answer = client.invoke(FunctionName="needy", Payload=b"{}")
        assert "FunctionError" in answer
        assert b"typer" in answer["Payload"].read()
    finally:
        client.delete_function(FunctionName="needy")


def test_workers_share_what_was_unpacked_once(platform: Platform, tape_home: Path) -> None:
    client = platform.target.client("lambda")
    names = ("tickertape-record_events", "tickertape-keep_subscriptions")
    for name in names:
        answer = client.invoke(FunctionName=name, Payload=b'{"Records": []}')
        assert "FunctionError" not in answer
    shelf = tape_home / "tmp" / "unpacked"
    for name in names:
        (code, *others) = (tape_home / "tmp").glob(f"ministack-lambda-{name}-*/code")
        unpacked = {folder.resolve().parent for one in (code, *others) for folder in one.iterdir()}
        assert {folder.parent for folder in unpacked} == {shelf}
        assert len(unpacked) == 1, "one function's workers run from one copy"


def test_functions_hold_tickets_and_not_copies_of_their_packages(platform: Platform) -> None:
    functions = platform.target.client("lambda").list_functions()["Functions"]
    assert functions
    assert max(function["CodeSize"] for function in functions) < 1_000


def test_a_state_served_on_another_port_follows(tmp_path: Path) -> None:
    """Its last port is taken by somebody, so it must move and take its queues' addresses along."""
    (tmp_path / "state").mkdir()
    queues = tmp_path / "state" / "sqs.json"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        last = taken.getsockname()[1]
        (tmp_path / "port").write_text(str(last))
        queues.write_text(f'{{"http://127.0.0.1:{last}/000000000000/posts": {{}}}}')
        moved = emulator.start(tmp_path)
        try:
            text = queues.read_text()
        finally:
            emulator.stop(moved)
    assert moved.port != last
    assert (f"127.0.0.1:{moved.port}/" in text, f":{last}/" in text) == (True, False)
    assert (tmp_path / "port").read_text() == str(moved.port)
