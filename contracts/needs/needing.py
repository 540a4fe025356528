"""Declared needs: which fields of which events a consumer reads, and how; held against the schemas.

    team: portal
    contact: "#portal"
    needs:
      - event: NotificationSent.v1
        why: shows a user's alerts
        fields:
          notification_id: text
          ticker: text or none                # copes with null and with its absence
          rule: { is: text, knows: [price_move] }     # these values mean something here
          occurred_at: instant

A reading is one of text, instant, date, decimal (a number written as text), integer, number, boolean, list
and object. `unit: per cent` beside `is` says which unit word of the field's description is relied on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.needs.fields import KINDS, Document, Row, rows, units

_OR_NONE = " or none"


class NeedsUnreadable(Exception):
    """A file of needs is not as documented. The text names the place and the remedy."""


@dataclass(frozen=True)
class Reading:
    """How a consumer reads a field."""

    kind: str
    copes_with_none: bool
    knows: tuple[str, ...] = ()
    unit: str = ""

    def text(self) -> str:
        return self.kind + (_OR_NONE if self.copes_with_none else "")


@dataclass(frozen=True)
class Need:
    """What one team reads of one event; *why* in its own words."""

    team: str
    event: str
    why: str
    fields: Mapping[str, Reading]


@dataclass(frozen=True)
class Unmet:
    """A need the schema does not meet: of which event, at which field path, and what is wrong."""

    need: Need
    path: str
    fault: str

    @property
    def what(self) -> str:
        """The fault with who is hurt by it."""
        because = f": {self.need.why}" if self.need.why else ""
        return f"{self.fault} (needed by {self.need.team}{because})"

    def __str__(self) -> str:
        return f"{self.need.event} {self.path}".rstrip() + f": {self.what}"


def read_needs(path: Path) -> list[Need]:
    """The needs in a file. Raises NeedsUnreadable, naming the place that is not as documented."""
    document = _parsed(path)
    team, entries = (document.get(k) for k in ("team", "needs")) if isinstance(document, dict) else ("", None)
    if not team or not isinstance(entries, list):
        raise NeedsUnreadable(f"{path}: a file of needs has `team` and `needs`, a list")
    return [_need(path, str(team), entry) for entry in entries]


def _parsed(path: Path) -> Any:
    try:
        import yaml  # here, so that who only reads fields needs no YAML
    except ModuleNotFoundError as error:
        raise NeedsUnreadable("reading YAML takes PyYAML: install `tickertape-contracts[needs]`") from error
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NeedsUnreadable(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise NeedsUnreadable(f"{path} is not UTF-8 text: {error}") from error
    except yaml.YAMLError as error:
        raise NeedsUnreadable(f"{path} is not YAML: {str(error).splitlines()[0]}") from error


def _need(path: Path, team: str, entry: Any) -> Need:
    if not isinstance(entry, dict) or not isinstance(entry.get("fields"), dict):
        raise NeedsUnreadable(f"{path}: every need has `event`, `why` and `fields`")
    event = str(entry.get("event"))
    fields = {
        str(field): _reading(f"{path}: {event} {field}", stated) for field, stated in entry["fields"].items()
    }
    return Need(team, event, str(entry.get("why", "")).strip(), fields)


def _reading(where: str, stated: Any) -> Reading:
    given = stated if isinstance(stated, dict) else {"is": stated}
    kind = str(given.get("is", ""))
    copes, kind = kind.endswith(_OR_NONE), kind.removesuffix(_OR_NONE)
    knows = given.get("knows", [])
    if kind not in KINDS or given.keys() - {"is", "knows", "unit"} or not isinstance(knows, list):
        raise NeedsUnreadable(
            f"{where}: {stated!r} is no reading; use one of {', '.join(KINDS)}, with `or none`"
        )
    return Reading(kind, copes, tuple(map(str, knows)), str(given.get("unit", "")))


def unmet(needs: Iterable[Need], schemas: Mapping[str, Document]) -> Iterator[Unmet]:
    """What the schemas, by detail-type, do not give."""
    for need in needs:
        if need.event not in schemas:
            yield Unmet(need, "", "there is no such event")
            continue
        given = {row.path: row for row in rows(schemas[need.event])}
        for path, reading in need.fields.items():
            for fault in _faults(reading, given.get(path)):
                yield Unmet(need, path, fault)


def _faults(reading: Reading, row: Row | None) -> Iterator[str]:
    if row is None:
        yield f"has no such field; read as {reading.text()}"
        return
    if row.kind != reading.kind:
        yield f"is {row.kind}; read as {reading.kind}"
    if row.may_lack and not reading.copes_with_none:
        yield "may be null or absent, which the reader does not cope with"
    if row.known and (gone := set(reading.knows) - set(row.known)):
        yield f"does not know {', '.join(sorted(gone))}"
    if reading.unit and not units(reading.unit) <= units(row.meaning):
        yield f"is not said to be in {reading.unit}"


def counted(needs: Iterable[Need]) -> str:
    """`3 needs of 1 consumer`."""
    given = list(needs)
    fields, teams = sum(len(need.fields) for need in given), len({need.team for need in given})
    return f"{fields} need{'s' * (fields != 1)} of {teams} consumer{'s' * (teams != 1)}"
