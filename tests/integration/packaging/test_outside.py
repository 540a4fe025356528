"""The package of a consumer outside the tree: its code, our contracts, what both need, and nothing more."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.package import Package, PackagingFailed, build_outside
from tools.tape.subscribe import scaffolding


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    scaffolding.subscribe("mine", ["SentimentScored.v1"], folder)
    return folder / "src"


@pytest.fixture(scope="module")
def mine(code: Path, tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build_outside("mine", code, out=tmp_path_factory.mktemp("out"))


def test_it_holds_the_consumer_and_the_contracts_and_none_of_our_services(mine: Package) -> None:
    with zipfile.ZipFile(mine.path) as archive:
        names = set(archive.namelist())
    assert {"consumer/receive_events.py", "contracts/bus/consume.py"} <= names
    assert not [name for name in names if name.startswith(("services/", "tools/", "tests/"))]
    assert "botocore/data/sns/2010-03-31/service-2.json.gz" in names, "a stranger may call any AWS service"


def test_its_handler_imports_from_the_package_in_a_bare_interpreter(mine: Package, tmp_path: Path) -> None:
    with zipfile.ZipFile(mine.path) as archive:
        archive.extractall(tmp_path)
    settings = {"BUS_NAME": "b", "RECEIVED_TABLE": "t", "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import consumer.receive_events"],
        cwd=tmp_path,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_has_not_changed_is_kept_and_what_cannot_be_met_is_told(
    mine: Package, code: Path, tmp_path: Path
) -> None:
    assert not build_outside("mine", code, out=mine.path.parents[3]).built
    (tmp_path / "requirements.txt").write_text("pydantic<2\n", encoding="utf-8")
    with pytest.raises(PackagingFailed, match=r"installing what mine needs(.|\n)*pydantic<2"):
        build_outside("mine", tmp_path, out=mine.path.parents[3])
