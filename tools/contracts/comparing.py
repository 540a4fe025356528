"""Compares two revisions of a schema, in both directions at once; what no rule knows counts as broken."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from contracts.needs.fields import OPEN_LIST, plain, units
from tools.contracts import breaks as rules
from tools.contracts.breaks import Break, Rule
from tools.contracts.shelf import Document

_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "x-minimum", "x-exclusiveMinimum"}
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "x-maximum", "x-exclusiveMaximum"}
_RULES = {
    "type": rules.TYPE_STAYS,
    "anyOf": rules.TYPE_STAYS,
    "pattern": rules.PATTERN_STAYS,
    "format": rules.PATTERN_STAYS,
    "default": rules.DEFAULT_STAYS,
    "x-source": rules.IDENTITY_STAYS,
    "x-subject": rules.IDENTITY_STAYS,
    "title": rules.IDENTITY_STAYS,
}
_WORDS = {"description", "examples", "deprecated", "$schema", "$id", "$defs"}
_STRUCTURE = {"properties", "required", "items", "enum", "const", OPEN_LIST}


def compare(contract: str, old: Document, new: Document) -> list[Break]:
    """Every promise of *old* that *new* breaks; empty when each reads the other's events."""
    return list(dict.fromkeys(_Pair(contract, old, new).nodes(old, new, "")))


def reworded(contract: str, old: Document, new: Document) -> list[Break]:
    """Where the words that say what an event or a field means are others: nobody can compute what moved."""
    words = list(_words(old, old, new, new, ""))
    return [Break(contract, path, rules.REWORDED, f"“{was}” → “{now}”") for path, was, now in words]


def _words(
    was: Document, old: Document, now: Document, new: Document, path: str
) -> Iterator[tuple[str, str, str]]:
    was, now = plain(was, old)[0], plain(now, new)[0]
    said, says = was.get("description", ""), now.get("description", "")
    if said != says:
        yield path, said, says
    if "items" in was and "items" in now:
        yield from _words(was["items"], old, now["items"], new, f"{path}[]")
    fields, there = was.get("properties", {}), now.get("properties", {})
    for name in (name for name in fields if name in there):
        yield from _words(fields[name], old, there[name], new, f"{path}.{name}".lstrip("."))


class _Pair:
    def __init__(self, contract: str, old: Document, new: Document) -> None:
        self._contract, self._old, self._new = contract, old, new

    def nodes(self, was: Document, now: Document, path: str) -> Iterator[Break]:
        (was, could), (now, can) = plain(was, self._old), plain(now, self._new)
        if could != can:
            rule = rules.NULL_COMES if can else rules.NULL_GOES
            yield self._break(path, rule, "may now be null" if can else "may no longer be null")
        yield from self._lists(was, now, path)
        yield from self._units(was, now, path)
        if was.get("type") != now.get("type"):
            yield self._break(path, rules.TYPE_STAYS, f"type {_said(was, 'type')} → {_said(now, 'type')}")
            return
        for key in sorted((was.keys() | now.keys()) - _WORDS - _STRUCTURE):
            if was.get(key) != now.get(key):
                what = f"{key} {_said(was, key)} → {_said(now, key)}"
                yield self._break(path, _rule(key, was.get(key), now.get(key)), what)
        if "items" in was or "items" in now:
            yield from self.nodes(was.get("items", {}), now.get("items", {}), f"{path}[]")
        yield from self._fields(was, now, path)

    def _fields(self, was: Document, now: Document, path: str) -> Iterator[Break]:
        old, new = was.get("properties", {}), now.get("properties", {})
        for name in old | new:
            at = f"{path}.{name}".lstrip(".")
            needed, needs = name in was.get("required", ()), name in now.get("required", ())
            if name not in new:
                if needed:
                    yield self._break(at, rules.FIELD_STAYS, "a required field was removed")
                continue
            if needs and not needed:
                what = "is now required" if name in old else "a required field was added"
                yield self._break(at, rules.NEW_IS_OPTIONAL, what)
            elif needed and not needs:
                yield self._break(at, rules.REQUIRED_STAYS, "is no longer required")
            if name in old:
                yield from self.nodes(old[name], new[name], at)

    def _lists(self, was: Document, now: Document, path: str) -> Iterator[Break]:
        closed = {key for key in ("enum", "const") if was.get(key) != now.get(key)}
        if OPEN_LIST in was and OPEN_LIST not in now:
            yield self._break(path, rules.LIST_STAYS_OPEN, "the open list of values is gone or closed")
        elif closed:
            key = min(closed)
            yield self._break(path, rules.LIST_STAYS_OPEN, f"{key} {_said(was, key)} → {_said(now, key)}")
        elif gone := [v for v in was.get(OPEN_LIST, ()) if v not in now[OPEN_LIST]]:
            yield self._break(path, rules.VALUE_STAYS, f"no longer known: {', '.join(gone)}")

    def _units(self, was: Document, now: Document, path: str) -> Iterator[Break]:
        said, says = units(was.get("description", "")), units(now.get("description", ""))
        if said and said != says:
            what = f"unit words {', '.join(sorted(said))} → {', '.join(sorted(says)) or 'none'}"
            yield self._break(path, rules.UNIT_STAYS, what)

    def _break(self, path: str, rule: Rule, what: str) -> Break:
        return Break(self._contract, path, rule, what)


def _rule(key: str, was: Any, now: Any) -> Rule:
    if key in _LOWER | _UPPER:
        if was is None or now is None:
            return rules.TIGHTENED if was is None else rules.LOOSENED
        rises = Decimal(str(now)) > Decimal(str(was))
        return rules.TIGHTENED if rises == (key in _LOWER) else rules.LOOSENED
    return _RULES.get(key, rules.KEYWORD_STAYS)


def _said(node: Document, key: str) -> str:
    return str(node[key]) if key in node else "none"
