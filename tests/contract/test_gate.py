"""The gate as it is run: classes and samples are spoilt in a copy, and the command's exit code tells."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.contracts.freezing import Manifest
from tools.contracts.shelf import OURS, ROOT


def repository(folder: Path) -> Path:
    """A copy of what the gate reads, whose classes may be spoilt."""
    for name in ("contracts", "tools"):
        ignored = shutil.ignore_patterns("__pycache__", "recorded", "*.csv")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("services", "infra"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def gate(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tools.contracts", *arguments]
    given = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("file", "was", "now", "said"),
    [
        (
            "events/ingestion.py",
            "    community: str",
            "    place: str",
            "PostIngested.v1 community: a required",
        ),
        (
            "events/ingestion.py",
            "score: int = Field(default=0,",
            "score: str = Field(default='',",
            "PostIngested.v1 score: type",
        ),
        (
            "events/ingestion.py",
            'OpenEnum("submission", "comment")',
            'OpenEnum("submission")',
            "PostIngested.v1 kind: no longer known: comment",
        ),
        ("events/ingestion.py", '"PostRemoved.v1"', '"PostGone.v1"', "was it renamed to PostGone.v1?"),
        ("samples/PostIngested.v1.json", "flying", "falling", "sample PostIngested.v1.json was edited"),
    ],
)
def test_a_spoilt_class_or_sample_fails_the_gate(
    tmp_path: Path, file: str, was: str, now: str, said: str
) -> None:
    target = repository(tmp_path) / "contracts" / file
    target.write_text(target.read_text("utf-8").replace(was, now), "utf-8")
    answer = gate(tmp_path, "check")
    assert answer.returncode == 1
    assert said in answer.stdout


def test_an_optional_field_passes_the_gate_and_is_published(tmp_path: Path) -> None:
    target = repository(tmp_path) / "contracts" / "events" / "ingestion.py"
    field = "    language: str | None = None\n    score: int = Field(default=0,"
    target.write_text(target.read_text("utf-8").replace("    score: int = Field(default=0,", field), "utf-8")

    checked = gate(tmp_path, "check")
    assert (checked.returncode, gate(tmp_path, "--check").returncode) == (0, 1)
    assert "changed PostIngested.v1: compatible, not published yet" in checked.stdout
    next_ = len(Manifest.of(OURS).schemas["PostIngested.v1"]) + 1
    assert f"published PostIngested.v1: revision {next_}" in gate(tmp_path, "freeze").stdout
    assert gate(tmp_path, "generate").returncode == 0
    assert gate(tmp_path, "--check").returncode == 0
    page = (tmp_path / "contracts" / "catalogue" / "PostIngested.v1.md").read_text("utf-8")
    (line,) = (line for line in page.splitlines() if line.startswith(f"{next_}. "))
    assert "added `language`" in line
