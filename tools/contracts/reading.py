"""Which fields of the events it hears a service's code reads: its needs, found by following annotations.

Parameters, fields and results carry annotations throughout, so most expressions over events can be typed
without running anything. What is dumped whole is read whole. A union is read as each of its members.
"""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from contracts.events.catalogue import EVENTS
from contracts.needs.fields import Row, rows
from contracts.needs.needing import Need, Reading
from tools.contracts.following import Body, Note
from tools.contracts.kinds import Reader, Thing
from tools.contracts.shelf import Document
from tools.contracts.source import Module, modules
from tools.contracts.wiring import Inbox

WHOLE = "*"

_DUMPS = {"model_dump", "model_dump_json", "model_copy"}


def needs_of(
    service: str, root: Path, schemas: Mapping[str, Document], heard: Iterable[Inbox]
) -> Iterable[Need]:
    """What a service needs of each event its inboxes list: the fields its code reads, as they are now."""
    read = fields_read(service, root)
    for inbox in heard:
        for event in inbox.detail_types if inbox.service == service else ():
            wanted = [row for row in rows(schemas[event]) if _is_read(row, event, schemas[event], read)]
            if wanted:
                fields = {row.path: Reading(row.kind, row.may_lack) for row in wanted}
                yield Need(service, event, f"{inbox.function} reads them", fields)


def fields_read(service: str, root: Path) -> dict[str, set[str]]:
    """By name of the class in `contracts.events`, the fields the code reads; `*` for all of them."""
    known = modules(root, f"services/{service}", "contracts/events")
    reader = Reader(known)
    found: dict[str, set[str]] = {}

    def note(thing: Thing, name: str) -> None:
        if thing.place[0].startswith("contracts.events.") and not thing.itself:
            found.setdefault(thing.place[1], set()).add(WHOLE if name in _DUMPS else name)

    for name, module in known.items():
        if name.startswith("services."):
            for body, node in _functions(module, reader, note):
                body.function(node)
    return found


def _functions(module: Module, reader: Reader, note: Note) -> Iterable[tuple[Body, ast.FunctionDef]]:
    for node in module.definitions.values():
        if isinstance(node, ast.ClassDef):
            own = {"self": frozenset({Thing((module.name, node.name))})}
            methods = (inner for inner in node.body if isinstance(inner, ast.FunctionDef))
            yield from ((Body(note, reader, module, own), method) for method in methods)
        elif isinstance(node, ast.FunctionDef):
            yield Body(note, reader, module, {}), node


def _is_read(row: Row, event: str, schema: Document, read: Mapping[str, set[str]]) -> bool:
    """Whether a field is read, and everything it lies in: `tickers[].ticker` as TickerMention.ticker."""
    owner, way = EVENTS[event].__name__, schema
    for step in row.path.split("."):
        name = step.rstrip("[]")
        if not {WHOLE, name} & read.get(owner, set()):
            return False
        owner, way = _part(way["properties"][name], schema, owner)
    return True


def _part(node: Document, schema: Document, owner: str) -> tuple[str, Document]:
    """The part a field holds: its class and its schema; the owner itself where it holds none."""
    for inner in (node, node.get("items", {}), *node.get("anyOf", ())):
        if "$ref" in inner:
            name = str(inner["$ref"]).rpartition("/")[2]
            return name, schema["$defs"][name]
    return owner, node
