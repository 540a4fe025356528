"""The gate as it is run: classes and samples are spoilt in a copy, and the command's exit code tells."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.contracts.freezing import Manifest
from tools.contracts.shelf import OURS, ROOT, digest


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


def _spoil(path: Path, was: str, now: str) -> None:
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, now), "utf-8")


def _commit(folder: Path) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "contracts/frozen.json"], ["commit", "-qm", "published"]):
        subprocess.run([*git, *command], cwd=folder, check=True)


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


def test_words_are_published_only_by_who_says_they_mean_the_same(tmp_path: Path) -> None:
    target = repository(tmp_path) / "contracts" / "events" / "ingestion.py"
    _spoil(target, "votes when seen; may be negative", "votes when first seen; may be negative")
    assert gate(tmp_path, "check").returncode == 1
    refused = gate(tmp_path, "freeze")
    assert (refused.returncode, "[reworded]" in refused.stderr) == (2, True)
    assert gate(tmp_path, "freeze", "--same-meaning", "PostIngested.v1:score").returncode == 0
    assert gate(tmp_path, "check").returncode == 0


def test_a_need_that_is_broken_is_not_written_away(tmp_path: Path) -> None:
    contracts = repository(tmp_path) / "contracts"
    written = (contracts / "needs" / "sentiment.yaml").read_bytes()
    _spoil(contracts / "events" / "ingestion.py", "    author: str | None", "    writer: str | None")
    refused = gate(tmp_path, "generate")
    assert refused.returncode == 2
    assert "PostIngested.v1 author: has no such field" in refused.stderr
    assert (contracts / "needs" / "sentiment.yaml").read_bytes() == written
    assert gate(tmp_path, "check").returncode == 1


def test_an_entry_edited_with_its_sample_is_found_in_the_history_of_the_clone(tmp_path: Path) -> None:
    contracts = repository(tmp_path) / "contracts"
    alone = gate(tmp_path, "check", "--history")
    assert (alone.returncode, "compared with no earlier one" in alone.stdout) == (0, True)
    _commit(tmp_path)
    assert "every entry of 1 commit" in gate(tmp_path, "check", "--history").stdout

    sample = contracts / "samples" / "PostIngested.v1.json"
    before = digest(sample.read_text("utf-8"))
    _spoil(sample, "flying", "falling")
    _spoil(contracts / "frozen.json", before, digest(sample.read_text("utf-8")))

    assert gate(tmp_path, "check").returncode == 0
    for asked in (["--history"], ["--since", "HEAD"]):
        answer = gate(tmp_path, "check", *asked)
        assert (answer.returncode, "[entry-edited]" in answer.stdout) == (1, True)
