"""The EventBridge Schema Registry's copies: JSON Schema Draft 4 of a whole bus entry, one an event.

A file is named as the registry names its schema, `source@detail-type`; uploading one is

    aws schemas create-schema --registry-name tickertape --type JSONSchemaDraft4 \\
        --schema-name tickertape.ingestion@PostIngested.v1 --content file://…
"""

from typing import Any

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Event
from tools.contracts.schemas import ENVELOPE
from tools.contracts.shelf import Document

LIMIT = 100_000
"""Characters the registry takes for one schema."""

_DIALECT = "http://json-schema.org/draft-04/schema#"
_UNKNOWN_TO_DRAFT_4 = {"$schema", "$id", "$defs", "examples"}


def registry_name(cls: type[Event]) -> str:
    return f"{cls.source}@{cls.detail_type}"


def registry_schema(name: str, schemas: dict[str, Document]) -> Document:
    """A bus entry with its envelope and its data, in the older dialect."""
    cls, parts = EVENTS[name], {ENVELOPE: schemas[ENVELOPE], name: schemas[name]}
    nested = {key: node for schema in parts.values() for key, node in schema.get("$defs", {}).items()}
    detail = {"properties": {"type": {"enum": [name]}, "data": {"$ref": f"#/definitions/{name}"}}}
    return {
        "$schema": _DIALECT,
        "title": registry_name(cls),
        "description": (cls.__doc__ or "").strip(),
        "type": "object",
        "required": ["source", "detail-type", "detail"],
        "properties": {
            "source": {"type": "string", "enum": [cls.source]},
            "detail-type": {"type": "string", "enum": [name]},
            "detail": {"allOf": [{"$ref": f"#/definitions/{ENVELOPE}"}, detail]},
        },
        "x-amazon-events-source": cls.source,
        "x-amazon-events-detail-type": name,
        "definitions": {key: _older(node) for key, node in {**parts, **nested}.items()},
    }


def _older(node: Any) -> Any:
    if isinstance(node, list):
        return [_older(item) for item in node]
    if not isinstance(node, dict):
        return node
    older: Document = {
        key: _fields(value) if key == "properties" else _older(value)
        for key, value in node.items()
        if key not in _UNKNOWN_TO_DRAFT_4
    }
    if "const" in older:
        older["enum"] = [older.pop("const")]
    for bound in ("minimum", "maximum"):
        exclusive = f"exclusive{bound.capitalize()}"
        if exclusive in older:
            older |= {bound: older[exclusive], exclusive: True}
    if "$ref" in older:
        return {"$ref": f"#/definitions/{str(older['$ref']).rpartition('/')[2]}"}
    return older


def _fields(properties: Document) -> Document:
    """Fields keep their names, also one that is called like a keyword."""
    return {name: _older(node) for name, node in properties.items()}
