"""A package is its service and what it needs, the same bytes each time, with bytecode valid as shipped."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools import package
from tools.package import Package, _prune_locales, build


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build("journal", out=tmp_path_factory.mktemp("one"))


def test_the_same_input_gives_the_same_bytes_in_another_place(journal: Package, tmp_path: Path) -> None:
    again = build("journal", out=tmp_path)
    assert again.digest == journal.digest
    assert again.path.read_bytes() == journal.path.read_bytes()


def test_what_has_not_changed_is_not_built_again(journal: Package) -> None:
    assert journal.built
    assert not build("journal", out=journal.path.parents[2]).built


def test_every_module_has_bytecode_that_needs_no_date(journal: Package) -> None:
    with zipfile.ZipFile(journal.path) as archive:
        names = set(archive.namelist())
        compiled = [name for name in names if name.endswith(".pyc")]
        flags = {int.from_bytes(archive.read(name)[4:8], "little") for name in compiled}
    assert len(compiled) == len([name for name in names if name.endswith(".py")])
    assert flags == {0b01}, "1 is hash-based and unchecked: taken whatever the dates in the zip say"


def test_a_package_holds_its_own_service_alone_and_no_tests(journal: Package) -> None:
    with zipfile.ZipFile(journal.path) as archive:
        names = archive.namelist()
    assert {n.split("/")[1] for n in names if n.startswith("services/")} == {"journal"}
    assert not [n for n in names if "/tests/" in n or n.startswith(("tests/", "tools/"))]
    assert not [n for n in names if n.endswith((".yaml", "README.md")) and n.startswith("services/")]


def test_the_handler_imports_from_the_package_in_a_bare_interpreter(journal: Package, tmp_path: Path) -> None:
    with zipfile.ZipFile(journal.path) as archive:
        archive.extractall(tmp_path)
    code = (
        "import services.journal.handlers.record_events as m, pydantic; print(m.__file__, pydantic.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={
            "BUS_NAME": "b",
            "JOURNAL_TABLE": "t",
            "POSTS_TOLD_TABLE": "p",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(path.startswith(str(tmp_path)) for path in done.stdout.split())


def test_an_unknown_service_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        package.main(["moon"])
    assert "no such service: moon" in capsys.readouterr().err


def test_only_the_languages_that_are_written_travel(tmp_path: Path) -> None:
    locales = tmp_path / "babel" / "locale-data"
    locales.mkdir(parents=True)
    for name in ("root", "de", "de_AT", "nb", "no", "en_001", "sr_Latn", "eo"):
        (locales / f"{name}.dat").touch()
    _prune_locales(tmp_path)
    assert {file.stem for file in locales.iterdir()} == {"root", "de", "de_AT", "nb", "no", "en_001"}
