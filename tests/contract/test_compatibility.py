"""The gate: each way to break a published contract is planted and seen red; what may change is green."""

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope
from tests.contract.instances import instances
from tests.contract.planted import HARMLESS, PLANTED, POST, Edit, drop, fields, rename
from tools.contracts.breaks import Break
from tools.contracts.checking import broken, confirmed
from tools.contracts.comparing import compare
from tools.contracts.freezing import Manifest, edited, freeze, revisions, rewritten, unpublished
from tools.contracts.schemas import ENVELOPE, written_schemas
from tools.contracts.shelf import OURS, Document, Shelf, load, text_of
from tools.tape.errors import TapeError


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A copy of everything published, to be spoilt."""
    shutil.copytree(OURS.root, tmp_path / "contracts", ignore=shutil.ignore_patterns("events", "bus"))
    return Shelf(tmp_path / "contracts")


def _broken(shelf: Shelf, edit: Edit) -> list[Break]:
    written = written_schemas()
    edit(written)
    return broken(shelf, written, [])


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_break_is_named_with_its_field_its_rule_and_the_way_out(planted: str) -> None:
    edit, contract, path, rule = PLANTED[planted]
    assert [(b.contract, b.path, b.rule.name) for b in _broken(OURS, edit)] == [(contract, path, rule)]
    assert _broken(OURS, edit)[0].way_out


def test_a_renamed_detail_type_is_recognised() -> None:
    (found,) = _broken(OURS, lambda written: rename(written, POST, "PostSeen.v1"))
    assert "was it renamed to PostSeen.v1?" in found.what


@pytest.mark.parametrize("change", HARMLESS)
def test_what_readers_ignore_may_come_and_go(change: str) -> None:
    assert _broken(OURS, HARMLESS[change]) == []


def test_better_words_pass_when_somebody_says_they_mean_the_same_and_once_published_by_themselves(
    shelf: Shelf,
) -> None:
    written = written_schemas()
    fields(written)["score"]["description"] = "votes when it was seen; may be negative"
    found = broken(shelf, written, [])
    assert [b.rule.name for b in found] == ["reworded"]
    assert "freeze --same-meaning PostIngested.v1:score" in found[0].way_out
    assert confirmed(found, [f"{POST}:score"]) == []
    with pytest.raises(TapeError, match="no words changed there"):
        confirmed(found, [f"{POST}:title"])
    freeze(shelf, written)
    assert broken(shelf, written, []) == []


def test_nobody_can_confirm_what_is_more_than_words() -> None:
    edit, contract, path, _ = PLANTED["a unit changed"]
    found = _broken(OURS, edit)
    with pytest.raises(TapeError, match="no words changed there"):
        confirmed(found, [f"{contract}:{path}"])


def test_what_is_written_today_breaks_nothing_published() -> None:
    assert broken(OURS, written_schemas(), []) == []


def test_an_edited_sample_is_named(shelf: Shelf) -> None:
    path = shelf.samples / f"{POST}.json"
    path.write_text(path.read_text("utf-8").replace("GME is flying", "GME is falling"), "utf-8")
    assert [(b.contract, b.rule.name) for b in edited(shelf)] == [(POST, "sample-edited")]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("{}\n", "utf-8")])
def test_an_edited_or_missing_schema_is_named(shelf: Shelf, spoil: Callable[[Path], object]) -> None:
    spoil(shelf.schemas / f"{POST}.json")
    found = broken(shelf, written_schemas(), [])
    assert [(b.contract, b.rule.name) for b in found] == [(POST, "schema-edited")]


def test_an_added_field_becomes_a_revision_and_the_one_before_stays_readable(shelf: Shelf) -> None:
    written, before = written_schemas(), (shelf.schemas / f"{POST}.json").read_bytes()
    number = len(revisions(shelf, POST))
    HARMLESS["an optional field added"](written)
    assert unpublished(shelf, written) == [POST]

    assert freeze(shelf, written) == [f"{POST}: revision {number + 1}"]

    assert (shelf.schemas / "history" / f"{POST}-{number}.json").read_bytes() == before
    assert load(shelf.schemas / f"{POST}.json")["properties"]["lang"] == {"type": "string", "default": "en"}
    assert len(revisions(shelf, POST)) == number + 1
    assert list(edited(shelf)) == []
    assert list(rewritten(Manifest.of(OURS), Manifest.of(shelf))) == []
    assert freeze(shelf, written) == []


def test_a_field_that_went_may_not_come_back_as_something_else(shelf: Shelf) -> None:
    without, written = written_schemas(), written_schemas()
    drop(without[POST], "cluster")
    freeze(shelf, without)
    fields(written)["cluster"] = {"type": "integer", "default": 0}
    assert {b.path for b in broken(shelf, written, [])} == {"cluster"}


def test_an_edited_entry_of_the_manifest_is_found_against_an_earlier_one() -> None:
    before = Manifest.of(OURS)
    now = Manifest({**before.schemas, POST: ("0" * 64,)}, {})
    found = list(rewritten(before, now))
    assert {b.rule.name for b in found} == {"entry-edited"}
    assert len(found) == 1 + len(before.samples)


def test_a_sample_that_is_no_such_event_is_not_published(shelf: Shelf) -> None:
    detail = load(shelf.samples / f"{POST}.json")
    del detail["data"]["community"]
    (shelf.samples / f"{POST}-next.json").write_text(text_of(detail), "utf-8")
    with pytest.raises(TapeError, match=r"PostIngested\.v1-next"):
        freeze(shelf, written_schemas())


PUBLISHED = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name in (ENVELOPE, *EVENTS)
    for number in range(len(Manifest.of(OURS).schemas.get(name, ())))
]


@pytest.mark.parametrize(("name", "number"), PUBLISHED)
def test_whatever_a_published_revision_allows_is_read_today(name: str, number: int) -> None:
    schema = revisions(OURS, name)[number]

    @settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(instances(schema))
    def read(data: dict[str, Any]) -> None:
        assert Draft202012Validator(schema).is_valid(data)
        if name == ENVELOPE:
            Envelope.model_validate(data)
        else:
            EVENTS[name].read(data)

    read()


def _ways(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every place in a schema that can be spoilt, words aside."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        if key not in ("description", "examples"):
            yield (*way, key)
            yield from _ways(value, (*way, key))


def _spoilt(schema: Document, way: tuple[Any, ...], value: Any) -> Document:
    new = copy.deepcopy(schema)
    *holders, key = way
    holder: Any = new
    for step in holders:
        holder = holder[step]
    if value is GONE:
        holder.pop(key)
    else:
        holder[key] = value
    return new


GONE = object()
OTHERS: tuple[Any, ...] = (GONE, "string", "integer", 0, 3, 10**6, "^x", True, [], {}, {"type": "integer"})


def _let_through(old: Document) -> Iterator[Document]:
    """Of every single edit of a schema that gives a schema again, those the gate says nothing to."""
    for new in (_spoilt(old, way, value) for way in _ways(old) for value in OTHERS):
        try:
            if compare(POST, old, new) == []:
                Draft202012Validator.check_schema(new)
                instances(new)
                yield new
        except (SchemaError, LookupError, AttributeError, TypeError, ArithmeticError, NotImplementedError):
            continue


def test_whatever_edit_the_gate_lets_through_leaves_both_schemas_readers_of_each_other() -> None:
    old = written_schemas()[POST]
    edits = list(_let_through(old))
    assert len(edits) >= 20

    @settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(edits), st.data())
    def both_read(new: Document, data: st.DataObject) -> None:
        for one, other in ((old, new), (new, old)):
            assert Draft202012Validator(other).is_valid(data.draw(instances(one)))

    both_read()
