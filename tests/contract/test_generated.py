"""What is generated of the contracts follows the classes, and is what its own authorities call valid."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator

from contracts.events.catalogue import EVENTS
from tests.contract.node import compiled, node_with
from tools.contracts.generating import generate, stale
from tools.contracts.registry import LIMIT, registry_name
from tools.contracts.shelf import OURS, ROOT, Shelf, load

HERE = Path(__file__).parent
OFFICIAL = load(HERE / "asyncapi" / "3.1.0.json")
DOCUMENT: dict[str, Any] = yaml.safe_load((OURS.root / "asyncapi.yaml").read_text("utf-8"))

PARSE = """
const { Parser } = require("@asyncapi/parser");
new Parser().parse(require("fs").readFileSync(process.argv[1], "utf8")).then(({ document, diagnostics }) => {
  for (const found of diagnostics) console.log(found.code, found.path.join("."), found.message);
  process.exit(document && diagnostics.length === 0 ? 0 : 1);
});
"""


def _entry(name: str) -> dict[str, Any]:
    """A sample as a rule's target receives it."""
    detail = OURS.sample(name)
    return {"version": "0", "source": detail["source"], "detail-type": name, "detail": detail}


def test_every_document_follows_the_classes_and_templates() -> None:
    assert stale(OURS) == [], "write them with `tape contracts generate`"


def test_an_edited_a_missing_and_a_left_over_document_are_found_and_mended(tmp_path: Path) -> None:
    shutil.copytree(OURS.root, tmp_path / "contracts")
    for folder in ("services", "infra"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    shelf = Shelf(tmp_path / "contracts")
    (shelf.root / "asyncapi.yaml").write_text("asyncapi: 3.1.0\n", "utf-8")
    (shelf.root / "typescript" / "events.d.ts").unlink()
    (shelf.root / "registry" / "tickertape.app@Forgotten.v1.json").write_text("{}\n", "utf-8")
    spoilt = ["asyncapi.yaml", "registry/tickertape.app@Forgotten.v1.json", "typescript/events.d.ts"]

    assert stale(shelf) == spoilt
    assert generate(shelf) == spoilt
    assert stale(shelf) == []


def test_the_asyncapi_document_is_valid_by_the_official_schema() -> None:
    assert [error.message for error in Draft7Validator(OFFICIAL).iter_errors(DOCUMENT)] == []


def test_the_official_schema_refuses_an_operation_that_neither_sends_nor_receives() -> None:
    spoilt = json.loads(json.dumps(DOCUMENT))
    next(iter(spoilt["operations"].values()))["action"] = "publish"
    assert not Draft7Validator(OFFICIAL).is_valid(spoilt)


def test_the_official_parser_finds_nothing_to_say(tmp_path: Path) -> None:
    node = node_with("@asyncapi/parser")
    command = [node, "-e", PARSE, str(OURS.root / "asyncapi.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    references = list(_references(DOCUMENT))
    assert len(set(references)) > 3 * len(EVENTS), "channels, messages and payloads all refer"
    for reference in references:
        node: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


@pytest.mark.parametrize("name", EVENTS)
def test_a_message_takes_its_own_sample_and_no_other_event(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    payload = Draft202012Validator({**message["payload"], "components": DOCUMENT["components"]})
    payload.validate(OURS.sample(name))
    assert not any(payload.is_valid(OURS.sample(other)) for other in EVENTS if other != name)


def test_every_hearing_lambda_is_an_operation() -> None:
    hearing = {key for key, told in DOCUMENT["operations"].items() if told["action"] == "receive"}
    assert "sentiment.score_posts.hears.PostIngested.v1" in hearing
    assert {f"journal.record_events.hears.{name}" for name in EVENTS} <= hearing


@pytest.mark.parametrize("name", EVENTS)
def test_the_registry_takes_the_schema_and_the_schema_its_own_entry_only(name: str) -> None:
    text = (OURS.root / "registry" / f"{registry_name(EVENTS[name])}.json").read_text("utf-8")
    assert len(text) <= LIMIT
    assert not re.search(r'"(const|\$defs|\$id|examples)":', text)
    Draft4Validator.check_schema(json.loads(text))
    schema = Draft4Validator(json.loads(text))
    schema.validate(_entry(name))
    assert not any(schema.is_valid(_entry(other)) for other in EVENTS if other != name)
    spoilt = _entry(name)
    spoilt["detail"]["data"].pop(schema.schema["definitions"][name]["required"][0])
    assert not schema.is_valid(spoilt)


def test_the_types_name_every_event_and_every_field() -> None:
    text = (OURS.root / "typescript" / "events.d.ts").read_text("utf-8")
    for name, cls in EVENTS.items():
        block = text.partition(f"export interface {cls.__name__}Data {{")[2].partition("\n}")[0]
        assert re.findall(r"^  (\w+)\??:", block, re.MULTILINE) == list(cls.model_fields)
        assert f'"{name}": {cls.__name__};' in text


def test_the_typescript_compiler_agrees_with_a_reader_of_events() -> None:
    done = compiled(HERE / "uses.ts", OURS.root / "typescript" / "events.d.ts")
    assert (done.returncode, done.stdout) == (0, "")


class _Page(HTMLParser):
    """Notes what is open, what is never closed, and what the page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.articles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.fetched += [str(v) for k, v in attrs if k in ("src", "href") and not str(v).startswith("#")]
        self.articles += [str(given["id"])] if tag == "article" else []
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_catalogue_is_one_sound_page_that_fetches_nothing_and_shows_every_event() -> None:
    text = (OURS.root / "catalogue" / "index.html").read_text("utf-8")
    found = _Page()
    found.feed(text)
    assert (found.open, found.fetched, found.articles) == ([], [], list(EVENTS))
    assert not re.search(r"url\((?!#)|@import|fetch\(", text)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_has_a_page_with_its_fields_its_rule_and_its_example(name: str) -> None:
    text = (OURS.root / "catalogue" / f"{name}.md").read_text("utf-8")
    assert all(f"| `{field}` |" in text for field in EVENTS[name].model_fields)
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    assert blocks == [{"source": [EVENTS[name].source], "detail-type": [name]}, OURS.sample(name)]
