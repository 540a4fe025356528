"""The contracts as others have them: published schemas, samples of every revision, CloudEvents."""

import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft202012Validator, FormatChecker

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope
from contracts.needs.fields import plain
from tools.contracts.freezing import revisions
from tools.contracts.schemas import ENVELOPE, written_schemas
from tools.contracts.shelf import OURS, Document, detail_type_of, text_of

SAMPLES = sorted(OURS.samples.glob("*.json"))


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [ENVELOPE, *EVENTS])
def test_a_class_writes_the_schema_that_was_published(name: str) -> None:
    published = (OURS.schemas / f"{name}.json").read_text(encoding="utf-8")
    assert published == text_of(written_schemas()[name]), "publish it with `tape contracts freeze`"


def test_no_schema_or_sample_is_without_a_class() -> None:
    assert {p.stem for p in OURS.schemas.glob("*.json")} == {ENVELOPE, *EVENTS}
    assert {detail_type_of(p) for p in SAMPLES} == set(EVENTS)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_read_and_fits_every_revision_and_its_envelope(sample: Path) -> None:
    detail, detail_type = _json(sample), detail_type_of(sample)

    envelope = Envelope.model_validate(detail)
    event = EVENTS[detail_type].read(envelope.data)
    assert (envelope.type, envelope.source, envelope.subject) == (detail_type, event.source, event.subject)
    for document, name in ((detail, ENVELOPE), (detail["data"], detail_type)):
        for schema in revisions(OURS, name):
            Draft202012Validator(schema, format_checker=FormatChecker()).validate(document)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_reader_of_today_takes_a_field_and_an_enum_value_of_tomorrow(sample: Path) -> None:
    data = _json(sample)["data"] | {"added_next_year": {"x": 1}}
    open_ones = {"rule", "method", "kind", "session", "written_by"} & data.keys()
    event = EVENTS[detail_type_of(sample)].read(data | dict.fromkeys(open_ones, "unheard_of"))
    assert not hasattr(event, "added_next_year")
    assert {getattr(event, field) for field in open_ones} <= {"unheard_of"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_a_cloud_event_to_the_official_library(sample: Path) -> None:
    detail = _json(sample)
    envelope = Envelope.model_validate(detail)
    attributes = {key: value for key, value in detail.items() if key != "data"} | {"time": envelope.time}
    event = CloudEvent(attributes=attributes, data=detail["data"])
    assert event.get_type() == detail_type_of(sample)
    assert event.get_extension("correlationid") == envelope.correlationid


def _undescribed(schema: Document) -> list[str]:
    """The fields, parts' too, without words or without an example that is of the field's own kind."""
    missing = []
    for owner, part in {"": schema, **schema.get("$defs", {})}.items():
        for name, field in part.get("properties", {}).items():
            node, _ = plain(field, schema)
            valid = Draft202012Validator({**field, "$defs": schema.get("$defs", {})}).is_valid
            if (
                not node.get("description")
                or not node.get("examples")
                or not all(map(valid, node["examples"]))
            ):
                missing.append(f"{owner}.{name}".lstrip("."))
    return missing


@pytest.mark.parametrize("name", [ENVELOPE, *EVENTS])
def test_every_field_says_what_it_means_and_gives_an_example_that_fits(name: str) -> None:
    assert _undescribed(written_schemas()[name]) == []


def test_a_field_without_words_or_with_an_example_of_another_kind_is_named() -> None:
    told = {"type": "string", "description": "words", "examples": ["text"]}
    silent = {"type": "string", "examples": ["text"]}
    wrong = {**told, "examples": [1]}
    schema = {"properties": {"a": told, "b": silent}, "$defs": {"Part": {"properties": {"c": wrong}}}}
    assert _undescribed(schema) == ["b", "Part.c"]
