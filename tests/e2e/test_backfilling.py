"""Three days of an archive are put in twice: from the command to the events, and nothing the second time."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, TapeRun
from tests.eventually import eventually
from tools.tape.platform import Platform

FIRST = datetime(2020, 3, 2, tzinfo=UTC)
"""A Monday nobody else here writes on."""
SPAN = ("--from", "2020-03-02", "--to", "2020-03-04")
WORDS = ("Bought more GME this morning and told my brother", "I sold all my AMC and feel quite calm about it")


def _row(number: int, day: int, **more: Any) -> str:
    written = (FIRST + timedelta(days=day, minutes=number)).timestamp()
    row = {"id": f"bf{day}{number}", "body": f"{WORDS[number % 2]} {number}", "subreddit": "stocks"}
    return json.dumps({**row, "parent_id": "t3_bf", "created_utc": int(written), **more})


@pytest.fixture(scope="module", name="archive")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days in no order, with a line before them, one after, one broken and one gone at its source."""
    lines = [_row(number, day) for number in range(4) for day in (0, 2, 1)]
    lines += ["{", _row(8, 0, body="[deleted]"), _row(1, 9), _row(1, -1)]
    path = tmp_path_factory.mktemp("archives") / "RC_2020-03.ndjson"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _put_in(tape: TapeRun, archive: Path) -> dict[str, Any]:
    answer = tape("backfill", "--source", str(archive), *SPAN, "--json")
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _posts(platform: Platform) -> list[str]:
    events = [e for e in platform.journal() if e.type == "PostIngested.v1"]
    return sorted(e.id for e in events if e.subject.startswith("reddit:t1_bf"))


def test_days_of_an_archive_become_posts_once(platform: Platform, tape: TapeRun, archive: Path) -> None:
    found = _put_in(tape, archive)
    platform.settle()

    days = {day["day"]: day for day in found["days"]}
    counts = {name: (day["rows"], day["written"], day["linked"], day["new"]) for name, day in days.items()}
    assert counts == {"2020-03-02": (5, 5, 5, 4), "2020-03-03": (5, 4, 4, 4), "2020-03-04": (4, 4, 4, 4)}
    assert (found["complete"], found["removed"], found["skipped"]) == (True, 1, 1)
    assert days["2020-03-03"]["why"] == {"not JSON": 1}
    assert days["2020-03-03"]["skipped_first"][0]["line"] == 13
    assert len(_posts(platform)) == 12
    held = platform.target.client("s3").list_objects_v2(
        Bucket=platform.bucket("ingestion"), Prefix="archives/"
    )
    assert "Contents" not in held, "an archive whose days are complete is taken back"

    events, tables = Counter(e.type for e in platform.journal()), platform.dumps()
    assert _put_in(tape, archive) == found
    platform.settle()
    assert Counter(e.type for e in platform.journal()) == events
    assert platform.dumps() == tables


def test_the_report_is_kept_and_shown(platform: Platform, tape: TapeRun, archive: Path) -> None:
    found = _put_in(tape, archive)
    told = json.loads(tape("backfill", "--report", "--json").stdout)
    assert [day for day in told["days"] if day["run"] == found["days"][0]["run"]] == found["days"]
    s3 = platform.target.client("s3")
    key = f"backfills/run={found['days'][0]['run']}/dt=2020-03-03.json"
    held = json.load(s3.get_object(Bucket=platform.bucket("ingestion"), Key=key)["Body"])
    assert (held["complete"], held["linked"], len(held["part_keys"])) == (True, 4, 1)

    shown = tape("backfill", "--source", str(archive), *SPAN)
    assert shown.returncode == 0
    assert "2020-03-03" in shown.stdout
    assert "RC_2020-03.ndjson:13 not JSON" in shown.stdout


def test_an_archive_in_s3_is_taken_from_there(platform: Platform, tape: TapeRun, archive: Path) -> None:
    s3 = platform.target.client("s3")
    s3.create_bucket(Bucket="elsewhere")
    s3.upload_file(str(archive), "elsewhere", "dumps/RC_2020-03.ndjson")
    before = _posts(platform)
    answer = tape("backfill", "--source", "s3://elsewhere/dumps/", *SPAN, "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["written"] == 13
    platform.settle()
    assert _posts(platform) == before


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--source", "nowhere.ndjson", "--from", "2020-03-02"), "--source takes"),
        (("--source", "s3://elsewhere", "--from", "2020-03-02"), "s3://BUCKET/KEY"),
        (
            ("--source", "s3://elsewhere/none.zst", "--from", "2020-03-02"),
            "cannot read s3://elsewhere/none.zst",
        ),
        (("--source", "x.csv", "--from", "2020-03-05", "--to", "2020-03-02"), "swap them"),
        (("--source", "x.csv", "--from", "2020-03-05", "--to", "2022-03-02"), "366 days"),
        (("--source", "x.csv", "--from", "Monday"), "2021-01-27"),
        ((), "--report"),
    ],
)
def test_bad_input_is_one_line_with_the_remedy(
    platform: Platform, tape: TapeRun, options: tuple[str, ...], named: str
) -> None:
    answer = tape("backfill", *options)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert named in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_run_that_was_interrupted_goes_on_and_nothing_is_put_in_twice(
    platform: Platform, tape: TapeRun, tape_home: Path, tmp_path: Path
) -> None:
    archive, span = tmp_path / "RS_2020-04.ndjson", ("--from", "2020-04-01", "--to", "2020-04-24")
    archive.write_text("\n".join(_row(n, day) for day in range(30, 54) for n in range(2)), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("tape")), "backfill", "--source", str(archive), *span]
    environment = os.environ | {"TAPE_HOME": str(tape_home)}
    first = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    eventually(lambda: _reported(platform, archive.name), within=120)
    first.send_signal(signal.SIGINT)
    _, told = first.communicate(timeout=60)
    assert (first.returncode, "safe to begin again" in told) == (130, True)

    answer = tape("backfill", "--source", str(archive), *span, "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert (found["written"], found["linked"], found["new"], found["complete"]) == (48, 48, 48, True)
    platform.settle()
    assert len(_posts(platform)) == 12 + 48


def _reported(platform: Platform, archive: str) -> bool:
    """Whether a first day is in; two dozen are not put in before anybody can interrupt."""
    return any(archive in str(row.get("report")) for row in platform.rows("Backfills"))
