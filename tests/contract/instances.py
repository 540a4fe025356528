"""Strategies for the JSON Schema the contracts publish: whatever a stranger who obeys it may send."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from contracts.needs.fields import OPEN_LIST, plain
from tools.contracts.shelf import Document

_PLAIN = st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"])
_ASCII = st.characters(min_codepoint=33, max_codepoint=126)
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=45))])
_PLACES = re.compile(r"\\d\{0,(\d)\}0\*\$$")
_DIGITS = re.compile(r"\\d\{0,(\d+)\}\|")


def instances(schema: Document) -> st.SearchStrategy[Any]:
    """Objects valid under *schema*: optional fields come and go, strangers' fields stand beside them."""
    return _node(schema, schema)


def _node(node: Document, root: Document) -> st.SearchStrategy[Any]:
    resolved, may_be_null = plain(node, root)
    found = _of(resolved, root)
    return st.none() | found if may_be_null else found


def _of(node: Document, root: Document) -> st.SearchStrategy[Any]:
    if "const" in node:
        return st.just(node["const"])
    match node.get("type"):
        case "object":
            return _object(node, root)
        case "array":
            most = min(node.get("maxItems", 3), 3)
            return st.lists(_node(node["items"], root), min_size=node.get("minItems", 0), max_size=most)
        case "integer":
            least = node.get("minimum", -(2**40))
            return st.integers(least, node.get("maximum", 2**40))
        case "boolean":
            return st.booleans()
        case "string":
            return _text(node)
    raise NotImplementedError(f"no strategy for {node}")


def _object(node: Document, root: Document) -> st.SearchStrategy[Any]:
    if "properties" not in node:
        return st.dictionaries(st.text(_ASCII, max_size=5), st.integers(), max_size=2)
    fields: Mapping[str, Document] = node["properties"]
    required = {name: _node(fields[name], root) for name in node.get("required", ())}
    optional = {name: _node(child, root) for name, child in fields.items() if name not in required}
    strangers = st.sampled_from([{}, {"added_next_year": {"x": 1}}])
    return st.builds(
        lambda ours, theirs: ours | theirs, st.fixed_dictionaries(required, optional=optional), strangers
    )


def _text(node: Document) -> st.SearchStrategy[str]:
    match node.get("format"):
        case "date-time":
            return st.datetimes(datetime(1970, 1, 1), timezones=_ZONES).map(datetime.isoformat)
        case "date":
            return st.dates().map(date.isoformat)
        case "decimal":
            return _decimal(node).map(lambda number: f"{number:f}")
    if OPEN_LIST in node:
        return st.sampled_from(node[OPEN_LIST]) | st.text(_PLAIN, min_size=1, max_size=12)
    if "pattern" in node:
        return st.from_regex(re.compile(node["pattern"], re.ASCII), fullmatch=True, alphabet=_ASCII)
    most = node.get("maxLength", 10_000)
    short = st.text(_PLAIN, min_size=node.get("minLength", 0), max_size=min(most, 20))
    return short | st.just("x" * most)


def _decimal(node: Document) -> st.SearchStrategy[Decimal]:
    """Between the bounds beside the pattern, with as many digits and places as the pattern leaves."""
    places, digits = _PLACES.search(node["pattern"]), _DIGITS.search(node["pattern"])
    fraction = int(places.group(1)) if places else 3
    whole = min(int(digits.group(1)) - fraction if digits else 6, 6)
    step = Decimal(1).scaleb(-fraction)
    above, below = node.get("x-exclusiveMinimum"), node.get("x-exclusiveMaximum")
    least = Decimal(above) + step if above else Decimal(node.get("x-minimum", -(10**whole) + 1))
    most = Decimal(below) - step if below else Decimal(node.get("x-maximum", 10**whole - 1))
    return st.decimals(least, most, places=fraction, allow_nan=False, allow_infinity=False)
