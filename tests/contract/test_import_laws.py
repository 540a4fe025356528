"""Each import law holds, and each was seen to break: a violation planted in a copy is named."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLANTED = {
    "services above the bus above the events": ("contracts/events/app.py", "import contracts.bus.errors"),
    "services know each other only through events": (
        "services/journal/recording.py",
        "import services.summaries.settings",
    ),
    "events need nothing but pydantic": ("contracts/events/app.py", "import boto3"),
    "the bus is handed its clients": ("contracts/bus/publish.py", "import boto3"),
    "rules touch no cloud and no bus": ("services/journal/recording.py", "import boto3"),
    "scikit-learn trains and never serves": ("services/prediction/serving.py", "import sklearn"),
    "adapters announce nothing": ("services/journal/journal.py", "import contracts.bus.publish"),
}


# The copy must be linted alone: this checkout is on the path of every interpreter here.
_ALONE = """
import sys
sys.path = [sys.argv[1]] + [p for p in sys.path if p not in ("", sys.argv[2])]
from importlinter.cli import lint_imports
sys.exit(lint_imports(no_cache=True))
"""


def _lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _ALONE, str(folder), str(ROOT)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_law_has_its_planted_violation() -> None:
    laws = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert {law["name"] for law in laws} == set(PLANTED)


def test_every_module_of_a_service_is_under_a_law() -> None:
    laws = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    placed = {m for law in laws if law["name"] in _PLACING for m in law["source_modules"]}
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "services").glob("*/*.py")
        if path.stem != "settings"
    }
    assert placed == modules


_PLACING = ("rules touch no cloud and no bus", "adapters announce nothing")


@pytest.mark.parametrize("law", PLANTED)
def test_a_planted_violation_breaks_the_law(law: str, tmp_path: Path) -> None:
    for name in ("contracts", "services", "tools"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("__pycache__", "model", "*.csv", "recorded"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file, line = PLANTED[law]
    target = tmp_path / file
    target.write_text(target.read_text("utf-8") + f"\n{line}\n", encoding="utf-8")

    answer = _lint(tmp_path)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert f"{law} BROKEN" in answer.stdout
