"""The whole platform on the embedded target, from built packages, once for all tests here."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.tape import session
from tools.tape.platform import Platform

ROOT = Path(__file__).parents[2]
TapeRun = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The day before all who add to its state."""
    items.sort(key=lambda item: item.path.name == "test_the_day.py", reverse=True)


@pytest.fixture(scope="session")
def tape_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder of our own, so that runs can share a machine."""
    return tmp_path_factory.mktemp("tape")


@pytest.fixture(scope="session")
def platform(tape_home: Path) -> Iterator[Platform]:
    before = os.environ.get("TAPE_HOME")
    os.environ["TAPE_HOME"] = str(tape_home)
    try:
        with session.brought_up(lambda _: None) as up:
            yield up
    finally:
        if before is None:
            del os.environ["TAPE_HOME"]
        else:
            os.environ["TAPE_HOME"] = before


@pytest.fixture(scope="session")
def tape(tape_home: Path) -> TapeRun:
    """Runs `tape` as a person does, in the tests' state folder unless told otherwise."""

    def run(
        *arguments: str, home: Path | None = None, timeout: float = 300
    ) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"TAPE_HOME": str(home or tape_home)}
        return subprocess.run(
            [str(Path(sys.executable).with_name("tape")), *arguments],
            capture_output=True,
            text=True,
            env=environment,
            cwd=ROOT,
            timeout=timeout,
            check=False,
        )

    return run
