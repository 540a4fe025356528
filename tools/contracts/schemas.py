"""The JSON Schemas (2020-12) the classes write: of every event's `data`, and of the envelope around it."""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope, Event
from tools.contracts.shelf import Document

DIALECT = "https://json-schema.org/draft/2020-12/schema"
HOME = "https://tickertape.example/schemas"
ENVELOPE = "Envelope"

_BOUNDS = {"ge": "x-minimum", "gt": "x-exclusiveMinimum", "le": "x-maximum", "lt": "x-exclusiveMaximum"}


class _WithBounds(GenerateJsonSchema):
    """A decimal is text on the wire; the bounds JSON Schema cannot lay on text stand beside it."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        bounds = {name: str(schema[key]) for key, name in _BOUNDS.items() if key in schema}  # type: ignore[literal-required]
        return {**super().decimal_schema(schema), "format": "decimal", **bounds}


def written_schemas(events: Mapping[str, type[Event]] = EVENTS) -> dict[str, Document]:
    """What the classes say today, by name: `Envelope` and every detail-type."""
    return {ENVELOPE: envelope_schema()} | {name: schema_of(cls) for name, cls in events.items()}


def schema_of(cls: type[Event]) -> Document:
    """The schema of the event's `data`, open to fields added later."""
    schema = cls.model_json_schema(mode="serialization", schema_generator=_WithBounds)
    return {
        "$schema": DIALECT,
        "$id": f"{HOME}/{cls.detail_type}.json",
        **_opened(schema),
        "title": cls.detail_type,
        "x-source": cls.source,
        "x-subject": "/".join(cls.about),
    }


def envelope_schema() -> Document:
    """The schema of `detail`: the CloudEvents envelope around any event."""
    schema: Document = _opened(Envelope.model_json_schema(mode="serialization"))
    return {"$schema": DIALECT, "$id": f"{HOME}/{ENVELOPE}.json", **schema, "title": ENVELOPE}


def _opened(schema: Any) -> Any:
    """Writers are strict, the published schema is not: a field of tomorrow must pass readers' validators."""
    if isinstance(schema, dict):
        kept = {
            key: value for key, value in schema.items() if key != "additionalProperties" or value is not False
        }
        return {
            key: _opened(value) for key, value in kept.items() if key != "title" or not isinstance(value, str)
        }
    return [_opened(item) for item in schema] if isinstance(schema, list) else schema
