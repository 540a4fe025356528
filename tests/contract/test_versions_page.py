"""The page on versions is true: its steps are done in a copy, and the gate says what the page quotes."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.events.envelope import announce
from tests.builders import NOON
from tests.contract.test_gate import gate, repository
from tests.quotes import QuoteSeenV1
from tools.contracts.freezing import Manifest
from tools.contracts.shelf import OURS, ROOT, Shelf, text_of

PAGE = (OURS.root / "VERSIONS.md").read_text("utf-8")
QUOTES = (ROOT / "tests" / "quotes.py").read_text("utf-8")
_ONE, _, _TWO = QUOTES.partition("\n\nclass QuoteSeenV2")
IN_PLACE = (
    _ONE.partition("\n\nclass QuoteSeenV1")[0]
    + "\n\nclass QuoteSeenV1"
    + _TWO.replace(".v2", ".v1").replace(", in a currency of its own", "")
)

NEED = """
team: portal
needs:
  - event: QuoteSeen.v1
    why: shows the pair
    fields: { pair: text }
"""


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def published(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the repository where QuoteSeen.v1 is published; gives it with other text of the classes."""
    copy = repository(tmp_path)
    contracts = copy / "contracts"
    catalogue = contracts / "events" / "catalogue.py"
    known = catalogue.read_text("utf-8").replace("import app,", "import quotes, app,")
    catalogue.write_text(known.replace("_MODULES = (app,", "_MODULES = (quotes, app,"), "utf-8")
    first = QuoteSeenV1(quote_id="q-1", pair="GME/USD", price="347.51", seen_at=NOON)
    sample = announce(first, key="sample", at=NOON).as_detail()
    (contracts / "samples" / "QuoteSeen.v1.json").write_text(text_of(sample), "utf-8")

    def spoilt(text: str) -> Path:
        (contracts / "events" / "quotes.py").write_text(text, "utf-8")
        return copy

    assert gate(spoilt(_ONE + "\n"), "freeze").returncode == 0
    (contracts / "needs" / "portal.yaml").write_text(NEED, "utf-8")
    return spoilt


def test_a_split_in_place_is_refused_in_the_words_of_the_page(published: Callable[[str], Path]) -> None:
    answer = gate(published(IN_PLACE), "check")
    assert answer.returncode == 1
    (quoted,) = [block for block in _blocks("text") if "broken" in block]
    assert quoted.strip() in answer.stdout
    assert "changed QuoteSeen.v1" not in answer.stdout
    assert "announce QuoteSeen.v2 beside QuoteSeen.v1 until nobody lists QuoteSeen.v1" in quoted


def test_a_second_class_beside_the_first_is_let_through_and_published(
    published: Callable[[str], Path],
) -> None:
    copy = published(QUOTES)
    checked = gate(copy, "check")
    assert checked.returncode == 0
    assert "new QuoteSeen.v2, not published yet" in checked.stdout
    assert "published QuoteSeen.v2: revision 1" in gate(copy, "freeze").stdout
    assert {"QuoteSeen.v1", "QuoteSeen.v2"} <= Manifest.of(Shelf(copy / "contracts")).schemas.keys()


def test_a_class_that_goes_with_its_last_listener_is_refused(published: Callable[[str], Path]) -> None:
    copy = published(QUOTES)
    gate(copy, "freeze")
    (copy / "contracts" / "needs" / "portal.yaml").unlink()
    without = QUOTES.partition("\n\nclass QuoteSeenV1")[0] + "\n\nclass QuoteSeenV2" + _TWO
    published(without)
    answer = gate(copy, "check")
    assert answer.returncode == 1
    assert "QuoteSeen.v1: no class announces it any more" in answer.stdout


def test_the_graph_names_who_to_wait_for(published: Callable[[str], Path]) -> None:
    copy = published(QUOTES)
    inbox = "Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ../../infra/inbox.yaml, Parameters:"
    (copy / "services").unlink()
    shutil.copytree(ROOT / "services" / "journal", copy / "services" / "journal")
    template = copy / "services" / "journal" / "template.yaml"
    listed = "{ Name: journal-quotes, Sources: tickertape.quotes, DetailTypes: QuoteSeen.v1 }"
    resource = f"Resources:\n  Quotes: {{ {inbox} {listed} }} }}\n"
    template.write_text(template.read_text("utf-8").replace("Resources:\n", resource), "utf-8")

    graph = json.loads(gate(copy, "graph", "--as", "json").stdout)

    (v1,) = [event for event in graph["events"] if event["detail_type"] == "QuoteSeen.v1"]
    assert v1["heard_by"] == ["journal"]


def test_the_classes_of_the_page_are_those_that_are_tested() -> None:
    first, second, *_ = _blocks("python")
    assert first.strip() in QUOTES
    assert second.strip() in QUOTES
