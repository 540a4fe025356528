"""The TypeScript of the events: a discriminated union by detail-type, with the schemas' words as comments."""

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Event
from contracts.needs.fields import OPEN_LIST, kind_of, plain
from tools.contracts.schemas import ENVELOPE
from tools.contracts.shelf import Document

_SCALARS = {
    "text": "string",
    "instant": "Instant",
    "date": "CalendarDate",
    "decimal": "DecimalText",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
}

_HEAD = """\
// Written by `tape contracts generate` from the event classes; not to be edited.
// import type { TickertapeEvent } from "./events";   switch (event.type) { case "PostIngested.v1": … }

/** A moment in UTC, RFC 3339: `2021-01-27T17:00:00Z`. */
export type Instant = string;

/** A day: `2021-01-27`. */
export type CalendarDate = string;

/** An exact number written as text: `"347.51"`. Parse it with a decimal library, not with `Number`. */
export type DecimalText = string;

/** A value a reader does not know yet: open lists grow within a version. */
export type Unheard = string & Record<never, never>;
"""

_TAIL = """\
/** Every event by its detail-type. */
export interface EventByType {
%s
}

/** A detail-type: what an event's `type` and a bus entry's `detail-type` say. */
export type DetailType = keyof EventByType;

/** Any event. Switch over `type`, and `data` follows; let a default branch take what is new. */
export type TickertapeEvent = EventByType[DetailType];

/** The entry as a rule's target receives it, when no InputPath is set. */
export interface BusEntry<E extends TickertapeEvent = TickertapeEvent> {
  "detail-type": E["type"];
  source: E["source"];
  detail: E;
}
"""


def typescript(schemas: dict[str, Document]) -> str:
    """`events.d.ts`."""
    blocks = [_HEAD, _envelope(schemas[ENVELOPE])]
    for name, cls in EVENTS.items():
        blocks += _event(name, cls, schemas[name])
    listed = "\n".join(f'  "{name}": {type_name(name)};' for name in EVENTS)
    return "\n".join([*blocks, _TAIL % listed])


def type_name(detail_type: str) -> str:
    """`PostIngestedV1` for `PostIngested.v1`."""
    return re.sub(r"\.v(\d+)$", r"V\1", detail_type)


def _envelope(schema: Document) -> str:
    given = {"type": "Type", "source": "Source", "data": "Data"}
    # What always has one value is always there, whatever may be left out of an event by others.
    always = {*schema["required"], *(k for k, node in schema["properties"].items() if "const" in node)}
    lines = [*_comment(schema["description"], ""), "export interface CloudEvent<Type, Source, Data> {"]
    for field, node in schema["properties"].items():
        resolved, null = plain(node, schema)
        said = given.get(field) or _type(resolved, schema, "")
        lines.append(f"  {field}{'' if field in always else '?'}: {said}{' | null' if null else ''};")
    return "\n".join([*lines, "}", ""])


def _event(name: str, cls: type[Event], schema: Document) -> Iterator[str]:
    own = type_name(name)
    for part, node in schema.get("$defs", {}).items():
        yield _interface(f"{own}{part}", node, schema, own)
    yield _interface(f"{own}Data", schema, schema, own)
    about = f"{schema.get('description', '')}\n\nAnnounced by {cls.source}, about {'/'.join(cls.about)}."
    union = f'export type {own} = CloudEvent<"{name}", "{cls.source}", {own}Data>;'
    yield "\n".join([*_comment(about, ""), union, ""])


def _interface(title: str, node: Document, root: Document, prefix: str) -> str:
    lines = [*_comment(node.get("description", ""), ""), f"export interface {title} {{"]
    for field, child in node["properties"].items():
        resolved, null = plain(child, root)
        optional = "" if field in node.get("required", ()) else "?"
        lines += _comment(_meaning(child, resolved), "  ")
        shown = _type(child if "$ref" in child else _inner(child), root, prefix)
        lines.append(f"  {field}{optional}: {shown}{' | null' if null else ''};")
    return "\n".join([*lines, "}", ""])


def _inner(child: Document) -> Document:
    others = [choice for choice in child.get("anyOf", ()) if choice != {"type": "null"}]
    return others[0] if len(others) == 1 else child


def _type(node: Document, root: Document, prefix: str) -> str:
    if "$ref" in node:
        return prefix + str(node["$ref"]).rpartition("/")[2]
    if "const" in node:
        return f'"{node["const"]}"'
    if OPEN_LIST in node:
        return " | ".join([*(f'"{value}"' for value in node[OPEN_LIST]), "Unheard"])
    if node.get("type") == "array":
        inner = _type(_inner(node["items"]), root, prefix)
        return f"readonly ({inner})[]" if "|" in inner else f"readonly {inner}[]"
    return _SCALARS.get(kind_of(node), "Record<string, unknown>")


def _meaning(child: Document, node: Document) -> str:
    said = str(child.get("description", ""))
    least, most = (node.get(f"x-{name}", node.get(name)) for name in ("minimum", "maximum"))
    if least is not None and most is not None:
        said = f"{said} ({least} … {most})".strip()
    default: Any = child.get("default")
    return f"{said}\n@default {json.dumps(default)}".strip() if default not in (None, "") else said


def _comment(text: str, indent: str) -> list[str]:
    if not text:
        return []
    wrapped = [
        line for part in text.replace("*/", "* /").split("\n") for line in textwrap.wrap(part, 100) or [""]
    ]
    if len(wrapped) == 1:
        return [f"{indent}/** {wrapped[0]} */"]
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in wrapped), f"{indent} */"]
