"""Declared needs: which fields of which events a consumer reads, and how; the gate keeps them true.

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

import yaml

from tools.contracts.breaks import NEED_IS_MET, Break
from tools.contracts.comparing import units
from tools.contracts.fields import KINDS, Row, rows
from tools.contracts.shelf import Document, Shelf
from tools.tape.errors import TapeError

_OR_NONE = " or none"


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


def declared(shelf: Shelf) -> list[Need]:
    """The needs of every file in `needs/`."""
    return [need for path in sorted(shelf.needs.glob("*.yaml")) for need in read_needs(path)]


def read_needs(path: Path) -> list[Need]:
    """The needs in a file. Raises TapeError, naming the place that is not as documented."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TapeError(f"cannot read {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise TapeError(f"{path} is not YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(document, dict) or not {"team", "needs"} <= document.keys():
        raise TapeError(
            f"{path}: a file of needs has `team` and `needs`; contracts/needs/README.md shows one"
        )
    return [_need(path, str(document["team"]), entry) for entry in document["needs"]]


def _need(path: Path, team: str, entry: Any) -> Need:
    if not isinstance(entry, dict) or not isinstance(entry.get("fields"), dict):
        raise TapeError(f"{path}: every need has `event`, `why` and `fields`")
    event = str(entry.get("event"))
    fields = {
        str(field): _reading(f"{path}: {event} {field}", stated) for field, stated in entry["fields"].items()
    }
    return Need(team, event, str(entry.get("why", "")).strip(), fields)


def _reading(where: str, stated: Any) -> Reading:
    given = stated if isinstance(stated, dict) else {"is": stated}
    kind = str(given.get("is", ""))
    copes, kind = kind.endswith(_OR_NONE), kind.removesuffix(_OR_NONE)
    if kind not in KINDS or given.keys() - {"is", "knows", "unit"}:
        raise TapeError(f"{where}: {stated!r} is no reading; use one of {', '.join(KINDS)}, with `or none`")
    return Reading(kind, copes, tuple(map(str, given.get("knows", ()))), str(given.get("unit", "")))


def unmet(needs: Iterable[Need], schemas: Mapping[str, Document]) -> Iterator[Break]:
    """What the schemas no longer give, by team and field."""
    for need in needs:
        if need.event not in schemas:
            yield _break(need, "", "there is no such event")
            continue
        given = {row.path: row for row in rows(schemas[need.event])}
        for path, reading in need.fields.items():
            for fault in _faults(reading, given.get(path)):
                yield _break(need, path, fault)


def _faults(reading: Reading, row: Row | None) -> Iterator[str]:
    if row is None:
        yield f"is gone; read as {reading.text()}"
        return
    if row.kind != reading.kind:
        yield f"is {row.kind}; read as {reading.kind}"
    if row.may_lack and not reading.copes_with_none:
        yield "may be null or absent, which the reader does not cope with"
    if row.known and (gone := set(reading.knows) - set(row.known)):
        yield f"no longer knows {', '.join(sorted(gone))}"
    if reading.unit and not units(reading.unit) <= units(row.meaning):
        yield f"is no longer said to be in {reading.unit}"


def _break(need: Need, path: str, fault: str) -> Break:
    return Break(need.event, path, NEED_IS_MET, f"{fault} (needed by {need.team}{_because(need)})")


def _because(need: Need) -> str:
    return f": {need.why}" if need.why else ""
