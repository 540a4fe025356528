"""Declared needs: met today, read from our services' code, and named when a change would break them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.contract.planted import POST, drop, fields
from tools.contracts.checking import broken
from tools.contracts.commands import app
from tools.contracts.needing import declared, read_needs, unmet
from tools.contracts.reading import fields_read
from tools.contracts.schemas import written_schemas
from tools.contracts.shelf import OURS, Document
from tools.tape.errors import TapeError

PRICE = "PriceUpdated.v1"

PORTAL: dict[str, Any] = {
    "team": "portal",
    "needs": [
        {
            "event": POST,
            "why": "shows what is said",
            "fields": {
                "url": "text or none",
                "kind": {"is": "text", "knows": ["comment"]},
                "tickers[].start": "integer",
            },
        },
        {"event": PRICE, "fields": {"change_pct": {"is": "decimal", "unit": "two places"}}},
    ],
}


def _file(folder: Path, document: Any) -> Path:
    path = folder / "portal.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), "utf-8")
    return path


def _said(folder: Path, spoil: Callable[[dict[str, Document]], object]) -> list[str]:
    written = written_schemas()
    spoil(written)
    return [str(found) for found in unmet(read_needs(_file(folder, PORTAL)), written)]


def test_every_declared_need_is_met() -> None:
    assert list(unmet(declared(OURS), written_schemas())) == []
    assert {need.team for need in declared(OURS)} >= {
        "app",
        "sentiment",
        "market_data",
        "prediction",
        "summaries",
    }


@pytest.mark.parametrize(
    ("spoil", "contract", "path", "fault"),
    [
        (lambda w: drop(w[POST], "url"), POST, "url", "has no such field; read as text or none"),
        (lambda w: w.pop(POST), POST, "", "there is no such event"),
        (
            lambda w: fields(w)["kind"]["x-extensible-enum"].remove("comment"),
            POST, "kind", "does not know comment",
        ),
        (lambda w: w[POST]["required"].remove("tickers"), POST, "tickers[].start", "may be null or absent"),
        (lambda w: fields(w)["kind"].update(type="integer"), POST, "kind", "is integer; read as text"),
        (
            lambda w: fields(w, PRICE)["change_pct"].update(description="a fraction"),
            PRICE,
            "change_pct",
            "is not said to be in two places",
        ),
    ],
)  # fmt: skip
def test_a_change_that_breaks_a_need_names_the_team_and_the_field(
    tmp_path: Path, spoil: Callable[[dict[str, Document]], object], contract: str, path: str, fault: str
) -> None:
    said = _said(tmp_path, spoil)
    assert said
    assert said[0].startswith(f"{contract} {path}".rstrip() + f": {fault}")
    assert all("needed by portal" in line for line in said)


def test_an_optional_field_may_go_when_nobody_needs_it_and_not_before() -> None:
    written = written_schemas()
    drop(written[POST], "url")
    assert broken(OURS, written, declared(OURS)) == []
    drop(written[POST], "author")
    found = broken(OURS, written, declared(OURS))
    assert {(b.contract, b.path, b.rule.name) for b in found} == {(POST, "author", "need-broken")}
    assert [re.findall(r"needed by (\w+)", b.what)[0] for b in found] == ["sentiment", "summaries"]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("team: [", "is not YAML"),
        ({"team": "portal"}, "has `team` and `needs`"),
        ({"team": "portal", "needs": [{"event": POST}]}, "every need has `event`, `why` and `fields`"),
        ({"team": "portal", "needs": [{"event": POST, "fields": {"url": "string"}}]}, "is no reading"),
        (
            {"team": "portal", "needs": [{"event": POST, "fields": {"url": {"is": "text", "if": 1}}}]},
            "is no reading",
        ),
        (
            {"team": "portal", "needs": [{"event": POST, "fields": {"kind": {"is": "text", "knows": "x"}}}]},
            "is no reading",
        ),
        ({"team": "portal", "needs": "all of it"}, "has `team` and `needs`"),
        (["portal"], "has `team` and `needs`"),
    ],
)
def test_a_file_that_is_not_as_documented_is_refused_by_its_place(
    tmp_path: Path, document: Any, fault: str
) -> None:
    with pytest.raises(TapeError, match=re.escape(fault)):
        read_needs(_file(tmp_path, document))


def test_the_documented_file_is_read_and_met(tmp_path: Path) -> None:
    readme = (OURS.needs / "README.md").read_text("utf-8")
    block = "\n".join(
        line[4:] for line in readme.splitlines() if line.startswith("    ") and "tape" not in line
    )
    needs = read_needs(_file(tmp_path, block))
    assert [need.event for need in needs] == ["NotificationSent.v1", PRICE]
    assert list(unmet(needs, written_schemas())) == []


def test_a_team_checks_its_own_file_and_the_exit_code_tells(tmp_path: Path) -> None:
    path = _file(tmp_path, PORTAL)
    assert CliRunner().invoke(app, ["check", "--needs", str(path)]).exit_code == 0
    spoilt = {**PORTAL, "needs": [{"event": POST, "fields": {"language": "text"}}]}
    answer = CliRunner().invoke(app, ["check", "--needs", str(_file(tmp_path, spoilt))])
    assert answer.exit_code == 1
    assert "PostIngested.v1 language: has no such field; read as text (needed by portal)" in answer.output


READING = """
from dataclasses import dataclass
from collections.abc import Iterator, Mapping, Sequence
from contracts.events.envelope import Publish
from contracts.events.ingestion import PostIngestedV1, PostRemovedV1, TickerMention
from contracts.events.app import ContactChangedV1, TickerFollowedV1

Either = PostRemovedV1 | TickerFollowedV1

@dataclass
class Passage:
    post: PostIngestedV1

def unpacks(arrivals: Sequence[tuple[PostIngestedV1, Publish]]) -> list[str]:
    return [post.title for post, publish in arrivals]

def through_a_dataclass(passages: list[Passage]) -> list[str]:
    newest = sorted(passages, key=lambda one: one.post.created_at)
    return [newest[0].post.text]

def goes_through_parts(post: PostIngestedV1) -> Iterator[int]:
    for mention in post.tickers:
        yield mention.start

def looks_up(posts: Mapping[str, PostIngestedV1]) -> None:
    for key, post in posts.items():
        print(post.score)

def either(event: Either) -> str:
    return event.removed_at

def whole(contact: ContactChangedV1) -> str:
    return contact.model_dump_json()

def knows_nothing(url) -> str:
    return url.cluster
"""


def test_what_code_reads_is_found_by_its_annotations(tmp_path: Path) -> None:
    (tmp_path / "services" / "reader").mkdir(parents=True)
    (tmp_path / "services" / "reader" / "reading.py").write_text(READING, "utf-8")
    (tmp_path / "contracts").symlink_to(OURS.root)
    assert fields_read("reader", tmp_path) == {
        "PostIngestedV1": {"title", "created_at", "text", "tickers", "score"},
        "TickerMention": {"start"},
        "PostRemovedV1": {"removed_at"},
        "TickerFollowedV1": {"removed_at"},
        "ContactChangedV1": {"*"},
    }
