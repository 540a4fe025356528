"""`tape score`: JSON lines in, JSON lines out, with the labels the benchmark counts."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from benchmarks.sentiment import Sample, model_reader, own, social
from tools.tape.cli import app
from tools.tape.errors import TapeError

SAMPLES = [social(), *own()]


def run(lines: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["score", *options], input=lines)


def said(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_texts_get_the_labels_the_benchmark_counts(sample: Sample) -> None:
    lines = "".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(sample.texts))
    result = run(lines, *(["--kind", sample.kind] if sample.kind else []))
    assert result.exit_code == 0
    assert [row["id"] for row in said(result)] == list(range(len(sample.texts)))
    assert [row["label"] for row in said(result)] == model_reader(sample.kind)(sample.texts)


def test_a_line_says_the_label_the_figures_and_who_read_it() -> None:
    (row,) = said(run('{"id": "1", "text": "GME to the moon"}\n'))
    assert list(row) == ["id", "label", "polarity", "probabilities", "model", "method"]
    assert (row["label"], row["method"]) == ("positive", "model")
    assert list(row["probabilities"]) == ["negative", "neutral", "positive"]
    assert sum(row["probabilities"].values()) == pytest.approx(1)
    assert row["polarity"] == pytest.approx(
        row["probabilities"]["positive"] - row["probabilities"]["negative"], abs=1e-9
    )


@pytest.mark.parametrize(
    ("text", "why"), [("", "empty"), ("🚀🚀", "only symbols"), ("https://x.example/a", "only a link")]
)
def test_a_text_nobody_can_read_has_no_label_and_says_why(text: str, why: str) -> None:
    (row,) = said(run(json.dumps({"id": "1", "text": text}) + "\n"))
    assert (row["label"], row["polarity"], row["why"]) == (None, None, why)


def test_half_a_character_is_no_end() -> None:
    first, second = said(run('{"id": "\\ud83d", "text": "up \\ud83d"}\n{"id": "2", "text": "GME is up"}\n'))
    assert (first["id"], second["id"]) == ("\ud83d", "2")


def test_a_file_is_read_as_standard_input_is(tmp_path: Path) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"id": "1", "text": "GME is up"}')
    assert said(run("", str(texts))) == said(run('{"id": "1", "text": "GME is up"}\n', "-"))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not an object"),
        ('{"id": true, "text": "GME"}', '"id" is empty, or neither string nor number'),
        ('{"id": "", "text": "GME"}', '"id" is empty, or neither string nor number'),
        ('{"id": "1", "text": "GME", "ticker": 1}', '"ticker" is no string'),
        ('{"id": "1", "text": "GME", "label": "bullish"}', '"label" is none of negative, neutral, positive'),
        ('{"id": "1"}', '"text" is missing'),
        ('{"id": "1", "text": ["GME"]}', '"text" is missing or no string'),
    ],
)
def test_a_line_that_is_no_text_is_told_by_number_and_stops_no_other(line: str, why: str) -> None:
    result = run(f'\n{line}\n{{"id": "2", "text": "GME is up"}}\n')
    assert [row["id"] for row in said(result)] == ["2"]
    assert f"line 2: {why}" in result.stderr
    assert isinstance(result.exception, TapeError)
    assert str(result.exception) == "1 line(s) were no texts; the others are scored"


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--kind", "poetry"], "news or social"), (["/nowhere.jsonl"], "cannot read /nowhere.jsonl")],
)
def test_what_cannot_be_done_is_said_with_the_way_out(options: list[str], words: str) -> None:
    result = run("", *options)
    assert isinstance(result.exception, TapeError)
    assert words in str(result.exception)


LABELLED = [
    {"text": "GME to the moon", "label": "positive", "kind": "slang"},
    {"text": "GME to the moon", "label": "negative", "kind": "slang"},
    {"text": "🚀", "label": "neutral", "kind": "slang"},
    {"text": "AMD soars while INTC sinks", "label": "negative", "kind": "fates", "ticker": "INTC"},
]


def test_beside_labels_that_people_gave_a_table_tells_how_often_they_were_found() -> None:
    result = run("".join(json.dumps(row) + "\n" for row in LABELLED), "--kind", "social")
    assert [(row["id"], row["label"]) for row in said(result)] == [
        (1, "positive"),
        (2, "positive"),
        (3, None),
        (4, "negative"),
    ]
    assert [line.split() for line in result.stderr.splitlines()[1:]] == [
        ["slang", "3", "0.333", "0.222", "0.00"],
        ["fates", "1", "1.000", "1.000"],
        ["all", "4", "0.500", "0.444", "0.00"],
    ]


def test_without_labels_there_is_no_table() -> None:
    assert run('{"id": "1", "text": "GME is up"}\n').stderr == ""


def test_a_model_of_ones_own_reads_and_one_that_is_not_there_is_named() -> None:
    own = Path(__file__).parents[1] / "sentiment" / "imported"
    (row,) = said(run('{"id": "1", "text": "GME is up"}\n', "--model", str(own)))
    assert (row["model"].partition("@")[0], row["method"]) == ("tiny", "model")
    result = run("", "--model", "/nowhere")
    assert "tape model import DIR --into /nowhere" in str(result.exception)
