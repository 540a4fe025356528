import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tools.tape import linking
from tools.tape.cli import app
from tools.tape.errors import TapeError


def run(lines: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["link", *options], input=lines)


def said(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_post_gets_a_line_with_its_tickers() -> None:
    result = run('{"id": "1", "title": "T", "text": "calls on $GME"}\n\n{"id": 2, "text": "none"}\n')
    assert result.exit_code == 0
    assert said(result) == [
        {
            "id": "1",
            "tickers": [{"symbol": "GME", "confidence": 0.95, "span": [12, 16], "how": "cashtag"}],
        },
        {"id": 2, "tickers": []},
    ]


def test_a_file_is_read_as_standard_input_is(tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"id": "1", "text": "GME"}')
    assert said(run("", str(posts))) == said(run('{"id": "1", "text": "GME"}\n', "-"))


def test_a_post_with_a_day_is_linked_as_of_that_day() -> None:
    row = {"id": "1", "text": "$FB", "created_at": "2021-01-27T12:00:00Z"}
    then, now = said(run(f"{json.dumps(row)}\n{json.dumps(row | {'created_at': None})}\n"))
    assert (then["tickers"][0]["symbol"], now["tickers"][0]["symbol"]) == ("FB", "META")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not an object"),
        ('{"text": "GME"}', '"id" is missing'),
        ('{"id": true, "text": "GME"}', '"id" is missing'),
        ('{"id": "1"}', 'neither "title" nor "text"'),
        ('{"id": "1", "text": 5}', "are strings"),
        ('{"id": "1", "text": "GME", "created_at": "yesterday"}', "no ISO 8601 time"),
    ],
)
def test_a_line_that_is_no_post_is_told_by_number_and_stops_no_other(line: str, why: str) -> None:
    result = run(f'\n{line}\n{{"id": "2", "text": "GME"}}\n')
    assert [row["id"] for row in said(result)] == ["2"]
    assert f"line 2: {why}" in result.stderr or (why in result.stderr and "line 2: " in result.stderr)
    assert isinstance(result.exception, TapeError)
    assert str(result.exception).startswith("1 line(s) were no posts")


def test_a_line_too_long_is_skipped_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "LONGEST", 8)
    lines = io.BytesIO(b"1234567\n" + b"x" * 30 + b"\n\nlast")
    assert list(linking.numbered(lines)) == [(1, b"1234567\n"), (2, None), (4, b"last")]


def test_unknown_cashtags_are_told_at_the_end() -> None:
    result = run('{"id": "1", "text": "$ZZZZ and $ZZZZ, $GME"}\n')
    assert "2 cashtags are no tickers of ours; most often $ZZZZ (2)" in result.stderr


def test_only_the_most_frequent_unknown_cashtags_are_remembered() -> None:
    tally = linking.Tally()
    for number in range(5000):
        tally.heard(Counter({"OFTEN": 1, f"T{number}": 1}))
    assert (tally.unknown, tally.most["OFTEN"]) == (10_000, 5000)
    assert len(tally.most) <= 2001


def test_a_file_that_is_not_there_is_told() -> None:
    assert "cannot read" in str(run("", "/not/there").exception)
