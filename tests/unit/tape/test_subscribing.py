"""The folder `tape subscribe` makes: it holds to the same rules as our own code, whatever it hears."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.events.catalogue import EVENTS
from contracts.needs.needing import read_needs, unmet
from tools.contracts.graph import Announced, Graph
from tools.contracts.schemas import written_schemas
from tools.contracts.shelf import OURS
from tools.contracts.wiring import rule_for
from tools.tape import templates
from tools.tape.cli import app
from tools.tape.errors import TapeError
from tools.tape.subscribe import outside, scaffolding

ROOT = Path(__file__).parents[3]
ONE = ("SentimentScored.v1",)
THREE = ("SentimentScored.v1", "PriceUpdated.v1", "SentimentWithheld.v1")
LISTS = pytest.mark.parametrize("heard", [ONE, THREE, tuple(EVENTS)], ids=("one", "three", "every"))


@pytest.fixture
def folder(heard: tuple[str, ...], tmp_path: Path) -> Path:
    place = tmp_path / "somewhere" / "price-watch"
    scaffolding.subscribe("price-watch", heard, place)
    return place


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A tool in *folder*, as its team runs it, with the contracts of this checkout for the package."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment |= {"PYTHONPATH": str(ROOT), "MYPYPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    tool = Path(sys.executable).with_name(arguments[0])
    command = [str(tool), *arguments[1:]]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@LISTS
@pytest.mark.parametrize(
    "tool",
    [
        ("ruff", "format", "--check", "--no-cache", "."),
        ("ruff", "check", "--no-cache", "."),
        ("cfn-lint", "--non-zero-exit-code", "warning", "-t", "template.yaml", "inbox.yaml"),
        ("pytest", "-q", "-p", "no:cacheprovider"),
    ],
    ids=" ".join,
)
def test_a_tool_is_content_with_the_folder(tool: tuple[str, ...], folder: Path) -> None:
    done = _run(folder, *tool)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("heard", [ONE, THREE], ids=("one", "three"))
def test_its_types_are_strict(folder: Path, tmp_path: Path) -> None:
    done = _run(folder, "mypy", "--follow-imports", "silent", "--cache-dir", str(tmp_path / "types"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues found in 5 source files" in done.stdout


@pytest.mark.parametrize("heard", [THREE], ids=["three"])
@pytest.mark.parametrize(
    ("file", "forgotten"),
    [
        ("template.yaml", "PriceUpdated.v1,"),
        ("needs.yaml", "  - event: PriceUpdated.v1\n"),
        (
            "src/consumer/receiving.py",
            "        PriceUpdatedV1: partial(receive_price_updated_v1, received=received),\n",
        ),
        ("tests/samples/PriceUpdated.v1.json", ""),
    ],
    ids=("rule", "needs", "routes", "samples"),
)
def test_its_own_test_fails_when_an_event_is_forgotten_somewhere(
    file: str, forgotten: str, folder: Path
) -> None:
    text = (folder / file).read_text("utf-8")
    assert forgotten in text
    if forgotten:
        (folder / file).write_text(text.replace(forgotten, ""), encoding="utf-8")
    else:
        (folder / file).unlink()
    done = _run(folder, "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 1
    assert "test_the_rule_the_routes_the_needs_and_the_samples_name_the_same_events" in done.stdout


@LISTS
def test_the_events_are_met_by_its_rule_its_needs_and_their_frozen_samples(
    heard: tuple[str, ...], folder: Path
) -> None:
    rule = templates.read(folder / "template.yaml")["Resources"]["EventsRule"]["Properties"]
    assert rule["EventPattern"] == rule_for(*heard)
    needs = read_needs(folder / "needs.yaml")
    assert [need.event for need in needs] == list(heard)
    assert list(unmet(needs, written_schemas())) == []
    for name in heard:
        copy = folder / "tests" / "samples" / f"{name}.json"
        assert copy.read_bytes() == (OURS.samples / f"{name}.json").read_bytes()


@pytest.mark.parametrize("heard", [ONE], ids=["one"])
def test_its_inbox_is_ours_and_everything_is_named_after_the_consumer(folder: Path) -> None:
    assert (folder / "inbox.yaml").read_bytes() == (ROOT / "infra" / "inbox.yaml").read_bytes()
    assert outside.read(folder).name == "price-watch"
    assert not [path for path in folder.rglob("*") if path.suffix == ".jinja"]
    assert (folder / ".gitignore").is_file()


@pytest.mark.parametrize("heard", [ONE], ids=["one"])
def test_nothing_is_written_over(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(TapeError, match=r"is not empty.*--into"):
        scaffolding.subscribe("price-watch", THREE, folder)
    with pytest.raises(TapeError, match=r"is a file.*--into"):
        scaffolding.subscribe("price-watch", THREE, folder / "README.md")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "name", ["", "Mine", "my_watch", "9lives", "a--b", "-a", "a-", "a b", "../up", "a" * 33, "café", "a\n"]
)
def test_a_name_no_queue_can_bear_is_refused_with_what_may_stand_in_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="lower-case letters, digits and single hyphens"):
        scaffolding.subscribe(name, ONE, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["bus", "api", "journal", "market-data"])
def test_a_name_of_the_platforms_own_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="the platform uses itself"):
        scaffolding.subscribe(name, ONE, tmp_path)


@pytest.mark.parametrize("name", ["tap", "tap-room", "beer-on-tap"])
def test_the_word_kept_for_the_queues_of_tail_is_refused_as_that(name: str, tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="the word tap, which is kept for the queues of `tape tail`"):
        scaffolding.subscribe(name, ONE, tmp_path)


@pytest.mark.parametrize(
    "into", ["file/x", "file/x/y", "n" * 300], ids=("below a file", "deeper", "too long")
)
def test_a_folder_that_cannot_be_made_is_told_with_the_remedy(into: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    with pytest.raises(TapeError, match=r"cannot make .*/(file|n+).*; name another with --into"):
        scaffolding.subscribe("mine", ONE, tmp_path / into)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_event_named_twice_is_heard_once(tmp_path: Path) -> None:
    scaffolding.subscribe("mine", ONE * 2, tmp_path)
    assert [need.event for need in read_needs(tmp_path / "needs.yaml")] == list(ONE)


def test_an_event_nobody_announces_yet_is_told_and_one_of_the_apps_is_not() -> None:
    scored = Announced("SentimentScored.v1", "sentiment", ("sentiment.score_posts",), (), (), "")
    drawn = Graph((scored, replace(scored, detail_type="UserDeleted.v1", by="app", makers=())), (), ())
    asked = ["SentimentScored.v1", "UserDeleted.v1"]
    assert scaffolding.unannounced(asked, drawn) == []
    silent = replace(drawn, events=(replace(scored, makers=()), drawn.events[1]))
    assert scaffolding.unannounced(asked, silent) == ["SentimentScored.v1"]


def test_an_unknown_event_is_answered_with_the_nearest_and_all_there_are() -> None:
    answer = CliRunner().invoke(app, ["subscribe", "mine", "--to", "SentimentScore"])
    assert isinstance(answer.exception, TapeError)
    assert "did you mean SentimentScored.v1?" in str(answer.exception)
    assert all(name in str(answer.exception) for name in EVENTS)


@pytest.mark.parametrize("heard", [ONE], ids=["one"])
def test_a_sample_can_be_published_only_as_what_it_is(folder: Path) -> None:
    sample = folder / "tests" / "samples" / f"{ONE[0]}.json"
    answer = CliRunner().invoke(app, ["publish", "PriceUpdated.v1", "--file", str(sample)])
    assert isinstance(answer.exception, TapeError)
    assert "is a SentimentScored.v1, not a PriceUpdated.v1" in str(answer.exception)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--remove"], "name its folder"), (["/nowhere"], "cannot read /nowhere/template.yaml")],
    ids=("no folder", "nowhere"),
)
def test_a_consumer_is_deployed_and_removed_by_its_folder(arguments: list[str], said: str) -> None:
    answer = CliRunner().invoke(app, ["deploy", *arguments])
    assert isinstance(answer.exception, TapeError)
    assert said in str(answer.exception)


def test_what_was_made_and_what_to_type_next_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    answer = CliRunner().invoke(app, ["subscribe", "mine", "--to", ONE[0], "--into", str(folder)])
    assert answer.exit_code == 0, answer.output
    assert f"made {folder}" in answer.output
    for said in ("a b' && python -m pytest", "tape deploy .", "tape publish", "tape rows mine-Received"):
        assert said in answer.output


@pytest.mark.parametrize("heard", [ONE], ids=["one"])
@pytest.mark.parametrize(
    ("file", "was", "becomes", "said"),
    [
        ("template.yaml", "Default: price-watch", "Default: journal", "the platform uses itself"),
        ("template.yaml", "Consumer:", "Somebody:", "Parameters.Consumer.Default"),
        ("template.yaml", "Parameters:", "Parameters: [", "is not YAML"),
        ("src/requirements.txt", None, None, "has no requirements.txt"),
        ("template.yaml", None, None, "tape subscribe NAME --to EVENT"),
    ],
    ids=("a name of ours", "no name", "no YAML", "no requirements", "no template"),
)
def test_a_folder_that_cannot_be_deployed_says_what_is_missing(
    file: str, was: str | None, becomes: str | None, said: str, folder: Path
) -> None:
    if was is None or becomes is None:
        (folder / file).unlink()
    else:
        text = (folder / file).read_text("utf-8")
        (folder / file).write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(TapeError, match=said):
        outside.read(folder)
