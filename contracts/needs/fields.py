"""The fields of an event as a person reads them: path, kind, whether it may be missing, what it means."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

OPEN_LIST = "x-extensible-enum"
"""Where a schema lists the values a reader may meet today; more may come."""

_FORMATS = {"date-time": "instant", "date": "date", "decimal": "decimal"}
_TYPES = {"string": "text", "array": "list"}
KINDS = ("text", "instant", "date", "decimal", "integer", "number", "boolean", "list", "object")

_UNITS = re.compile(
    r"%|\b(per cent|percent|percentage|basis points?|dollars?|cents?|euros?|milliseconds?|seconds?|minutes?"
    r"|hours?|days?|weeks?|sessions?|UTC|ISO 8601|IANA|SHA-256|shares?|probabilit(?:y|ies)"
    r"|(?:two|three|four) places|characters?|bytes?|split-adjusted"
    r"|ln|sum|mean|median|standard deviation|times|× 100)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Row:
    """A field by its path: `tickers[].ticker`. *may_lack*: it, or what it lies in, may be null or absent."""

    path: str
    kind: str
    may_lack: bool
    meaning: str
    known: tuple[str, ...]
    limits: tuple[str, ...]


def rows(schema: Document) -> list[Row]:
    """Every field of a schema, parts after the list or object that holds them."""
    return list(_below(schema, schema, "", may_lack=False))


def _below(node: Document, root: Document, path: str, *, may_lack: bool) -> Iterator[Row]:
    for name, child in node.get("properties", {}).items():
        at = f"{path}.{name}".lstrip(".")
        lacks = may_lack or name not in node.get("required", ())
        yield from _row(child, root, at, may_lack=lacks)


def _row(child: Document, root: Document, path: str, *, may_lack: bool) -> Iterator[Row]:
    node, null = plain(child, root)
    lacks = may_lack or null
    inner, _ = plain(node.get("items", {}), root)
    known: tuple[str, ...] = tuple(node.get(OPEN_LIST) or inner.get(OPEN_LIST) or ())
    yield Row(path, kind_of(node), lacks, node.get("description", ""), known, _limits(node))
    if "properties" in node:
        yield from _below(node, root, path, may_lack=lacks)
    elif "items" in node and ("properties" in inner or "items" in inner):
        yield from _below(inner, root, f"{path}[]", may_lack=lacks)


def kind_of(node: Document) -> str:
    kind = str(node.get("type", "object"))
    return _FORMATS.get(node.get("format", ""), _TYPES.get(kind, kind))


def _limits(node: Document) -> tuple[str, ...]:
    found: list[str] = []
    for low, high, unit in (("Length", "Length", " characters"), ("Items", "Items", " entries")):
        least, most = node.get(f"min{low}"), node.get(f"max{high}")
        if least is not None or most is not None:
            found.append(_span(least, most, unit))
    least, above = _bound(node, "minimum"), _bound(node, "exclusiveMinimum")
    most, below = _bound(node, "maximum"), _bound(node, "exclusiveMaximum")
    if least is not None and most is not None:
        found.append(f"{least} … {most}")
    else:
        signs = (("≥", least), (">", above), ("≤", most), ("<", below))
        found += [f"{sign} {value}" for sign, value in signs if value is not None]
    if "pattern" in node and kind_of(node) == "text":
        found.append(node["pattern"])
    return tuple(found)


def _bound(node: Document, name: str) -> Any:
    return node.get(name, node.get(f"x-{name}"))


def _span(least: Any, most: Any, unit: str) -> str:
    if least is None:
        return f"≤ {most:,}{unit}"
    return f"≥ {least}{unit}" if most is None else f"{least} … {most:,}{unit}"


def plain(node: Document, root: Document) -> tuple[Document, bool]:
    """The node with its reference followed and its null taken off; and whether it may be null."""
    while "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        node = {**root["$defs"][node["$ref"].rpartition("/")[2]], **rest}
    choices = node.get("anyOf", [])
    others = [choice for choice in choices if choice != {"type": "null"}]
    if len(others) == 1 and len(choices) == 2:
        rest = {key: value for key, value in node.items() if key != "anyOf"}
        return {**plain(others[0], root)[0], **rest}, True
    return node, False


def units(text: str) -> Counter[str]:
    """The unit words of a description, singular and lower case."""
    found = (match.group(0).lower() for match in _UNITS.finditer(text))
    return Counter(re.sub(r"ies$", "y", word) if word.endswith("ies") else word.rstrip("s") for word in found)
