"""Real archives of January 2021 go through, and how much of them is in memory at once does not grow."""

import gzip
import json
from pathlib import Path

import pytest
import zstandard

from tests.e2e.conftest import ROOT, TapeRun
from tools.tape.parts import LINES, files, parts
from tools.tape.platform import Platform

GME = ROOT.parent / "shared" / "data" / "posts" / "gme_2021_01"


@pytest.mark.long
@pytest.mark.skipif(not GME.is_dir(), reason="the archives of January 2021 are not beside this checkout")
def test_the_archives_of_january_2021_go_through(platform: Platform, tape: TapeRun) -> None:
    answer = tape("demo", "--posts", str(GME), "--json", timeout=1500)
    assert answer.returncode == 0, answer.stderr
    result = json.loads(answer.stdout)
    assert result["posts"] > 5000
    assert (result["lost"], result["duplicates"]) == (0, 0)


@pytest.mark.parametrize("suffix", [".ndjson", ".ndjson.gz", ".ndjson.zst"])
def test_an_archive_is_cut_into_parts_one_at_a_time(suffix: str, tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": f"a{n}", "body": "x", "created_utc": 1611766800}) for n in range(2 * LINES + 7)
    ]
    content = "\n".join(lines).encode()
    path = tmp_path / f"posts{suffix}"
    if suffix.endswith(".gz"):
        content = gzip.compress(content)
    if suffix.endswith(".zst"):
        content = zstandard.compress(content)
    path.write_bytes(content)

    cut = parts(path)
    first = next(cut)
    rest = list(cut)

    assert files(tmp_path) == [path]
    assert (first.first_line, len(first.lines)) == (1, LINES)
    assert [(part.first_line, len(part.lines)) for part in rest] == [(LINES + 1, LINES), (2 * LINES + 1, 7)]
    assert [line for part in (first, *rest) for line in part.lines] == lines
