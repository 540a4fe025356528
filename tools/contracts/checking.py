"""The gate before a change: everything ever published against what the classes say now."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from contracts.needs.needing import Need
from tools.contracts import breaks as rules
from tools.contracts.breaks import Break
from tools.contracts.comparing import compare, reworded
from tools.contracts.freezing import Manifest, edited, revisions
from tools.contracts.needing import unmet
from tools.contracts.shelf import Document, Shelf
from tools.tape.errors import TapeError


def broken(shelf: Shelf, written: Mapping[str, Document], needs: Iterable[Need]) -> list[Break]:
    """Every promise that *written* breaks: edited files, incompatible schemas, consumers' needs."""
    tampered = list(edited(shelf))
    # An edited revision is no witness; what it would say of the classes is noise beside the edit.
    whole = Manifest.of(shelf).schemas.keys() - {
        b.contract for b in tampered if b.rule is rules.SCHEMA_IS_FROZEN
    }
    changed = [b for name in sorted(whole) for b in _changed(shelf, name, written)]
    return [*tampered, *changed, *unmet(needs, written)]


def _changed(shelf: Shelf, name: str, written: Mapping[str, Document]) -> Iterator[Break]:
    published = revisions(shelf, name)
    if name not in written:
        yield Break(name, "", rules.DETAIL_TYPE_STAYS, _gone(name, published[-1], written))
        return
    # Against every revision: a field that came, went and comes back must be what it was.
    found = list(dict.fromkeys(b for old in published for b in compare(name, old, written[name])))
    yield from found
    # Words only against the newest: those before it were let through when that one was published.
    told = {b.path for b in found}
    yield from (b for b in reworded(name, published[-1], written[name]) if b.path not in told)


def confirmed(found: Sequence[Break], same_meaning: Sequence[str]) -> list[Break]:
    """What is left of *found* when the words at *same_meaning*, `EVENT:FIELD`, say what they said before.

    Raises TapeError for a place whose words did not change.
    """
    changed = {b.place for b in found if b.rule is rules.REWORDED}
    if unknown := sorted(set(same_meaning) - changed):
        raise TapeError(
            f"{unknown[0]!r}: no words changed there; `tape contracts check` names where they did"
        )
    return [b for b in found if b.rule is not rules.REWORDED or b.place not in same_meaning]


def _gone(name: str, old: Document, written: Mapping[str, Document]) -> str:
    fields = _fields(old)
    alike = [other for other, new in written.items() if fields and fields == _fields(new)]
    renamed = [other for other in alike if other.partition(".")[0] != name.partition(".")[0]]
    return f"no class announces it any more{f'; was it renamed to {renamed[0]}?' if renamed else ''}"


def _fields(schema: Document) -> Collection[str]:
    return set(schema.get("properties", {}))
