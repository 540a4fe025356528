"""The contracts as others have them: frozen schemas, samples of every version, CloudEvents."""

import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft202012Validator, FormatChecker

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope
from tools.contracts import SAMPLES, SCHEMAS, frozen, main

DETAIL_TYPES = sorted(EVENTS)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path,text", [pytest.param(p, t, id=p.name) for p, t in frozen()])
def test_a_class_writes_the_schema_that_was_published(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text


def test_no_schema_or_sample_is_without_a_class() -> None:
    assert {p.stem for p in SCHEMAS.glob("*.json")} == {"Envelope", *EVENTS}
    assert {p.stem for p in SAMPLES.glob("*.json")} == set(EVENTS)


@pytest.mark.parametrize("detail_type", DETAIL_TYPES)
def test_every_sample_is_read_and_fits_its_schema_and_its_envelope(detail_type: str) -> None:
    detail = _json(SAMPLES / f"{detail_type}.json")

    envelope = Envelope.model_validate(detail)
    event = EVENTS[detail_type].read(envelope.data)
    assert (envelope.type, envelope.source, envelope.subject) == (detail_type, event.source, event.subject)
    for document, schema in ((detail, "Envelope"), (detail["data"], detail_type)):
        Draft202012Validator(_json(SCHEMAS / f"{schema}.json"), format_checker=FormatChecker()).validate(
            document
        )


@pytest.mark.parametrize("detail_type", DETAIL_TYPES)
def test_a_reader_of_today_takes_a_field_and_an_enum_value_of_tomorrow(detail_type: str) -> None:
    data = _json(SAMPLES / f"{detail_type}.json")["data"] | {"added_next_year": {"x": 1}}
    for field in ("rule", "method", "kind", "session", "written_by"):
        if field in data:
            data[field] = "unheard_of"
    EVENTS[detail_type].read(data)


@pytest.mark.parametrize("detail_type", DETAIL_TYPES)
def test_every_sample_is_a_cloud_event_to_the_official_library(detail_type: str) -> None:
    detail = _json(SAMPLES / f"{detail_type}.json")
    envelope = Envelope.model_validate(detail)
    attributes = {key: value for key, value in detail.items() if key != "data"} | {"time": envelope.time}
    event = CloudEvent(attributes=attributes, data=detail["data"])
    assert event.get_type() == detail_type
    assert event.get_extension("correlationid") == envelope.correlationid


def test_the_check_finds_a_schema_that_was_edited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path, text in frozen():
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    monkeypatch.setattr("tools.contracts.SCHEMAS", tmp_path)
    monkeypatch.setattr("tools.contracts.CONTRACTS", tmp_path / "contracts")
    assert main(["--check"]) == 0
    edited = tmp_path / "PostIngested.v1.json"
    edited.write_text(edited.read_text(encoding="utf-8").replace("8000", "9000"), encoding="utf-8")
    assert main(["--check"]) == 1
