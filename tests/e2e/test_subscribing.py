"""A stranger's consumer, made in an empty folder: it passes its test, is deployed, receives, and goes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, TapeRun
from tests.eventually import eventually
from tools.tape.platform import Platform

SCORED = "SentimentScored.v1"
SAMPLE = Path("tests", "samples", f"{SCORED}.json")


@pytest.fixture(scope="module")
def folder(platform: Platform, tape: TapeRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("elsewhere") / "mine"
    _done(tape("subscribe", "mine", "--to", SCORED, "--into", str(place)))
    _done(tape("deploy", str(place), "--parameter", "MaxReceives=2"))
    yield place
    _done(tape("deploy", str(place), "--remove"))


def _done(answer: "subprocess.CompletedProcess[str]") -> str:
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def _publish(tape: TapeRun, folder: Path, key: str) -> str:
    told = _done(tape("publish", SCORED, "--file", str(folder / SAMPLE), "--key", key, "--json"))
    return str(json.loads(told)["id"])


def _received(tape: TapeRun) -> dict[str, dict[str, Any]]:
    rows = [json.loads(line) for line in _done(tape("rows", "mine-Received", "--json")).splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def test_its_own_test_passes_where_it_lies(folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "3 passed" in _done(done)


def test_what_is_published_arrives_and_a_repeat_is_the_same_row(folder: Path, tape: TapeRun) -> None:
    first = _publish(tape, folder, "once")
    assert _publish(tape, folder, "once") == first
    last = _publish(tape, folder, "another")

    eventually(lambda: _received(tape).keys() >= {first, last}, within=60)

    rows = _received(tape)
    assert rows[first]["type"] == SCORED
    assert rows[first]["subject"] == json.loads((folder / SAMPLE).read_text("utf-8"))["subject"]


def test_poison_dies_with_a_reason_and_hurts_nobody(folder: Path, platform: Platform, tape: TapeRun) -> None:
    detail = json.loads((folder / SAMPLE).read_text("utf-8")) | {"data": {"ticker": "GME"}}
    poison = json.dumps({"source": detail["source"], "detail-type": SCORED, "detail": detail})
    platform.send("mine-events", poison)
    beside = _publish(tape, folder, "beside")

    def dead() -> list[dict[str, Any]]:
        letters = json.loads(_done(tape("dlq", "--json")))
        return [letter for letter in letters if letter["body"] == poison]

    letters = eventually(dead, within=240, every=3)
    assert [letter["queue"] for letter in letters] == ["tickertape-mine-events-dead"]
    assert f"{SCORED}: post_id: Field required" in letters[0]["reason"]
    eventually(lambda: beside in _received(tape), within=60)


def test_a_table_nobody_has_is_answered_with_those_there_are(folder: Path, tape: TapeRun) -> None:
    answer = tape("rows", "Nothing")
    assert answer.returncode == 2
    assert answer.stderr.startswith("tape: no table 'Nothing'; there are ")
    assert {"Journal,", "mine-Received"} <= set(answer.stderr.split())


def test_it_stands_beside_the_platform_and_leaves_nothing_behind(
    folder: Path, platform: Platform, tape: TapeRun
) -> None:
    others = platform.stacks().keys() - {"mine"}
    assert json.loads(_done(tape("status", "--json")))["stacks"]["mine"] == "CREATE_COMPLETE"

    _done(tape("deploy", str(folder), "--remove"))

    assert platform.stacks().keys() == others
    assert not [depth.queue for depth in platform.depths() if "-mine-" in depth.queue]
    assert not [name for name in platform.functions() if name.endswith("-mine")]
    assert not [name for name in platform.dumps() if name.startswith("mine-")]
