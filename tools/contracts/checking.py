"""The gate before a change: everything ever published against what the classes say now."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from contracts.needs.needing import Need
from tools.contracts import breaks as rules
from tools.contracts.breaks import Break
from tools.contracts.comparing import compare
from tools.contracts.freezing import Manifest, edited, revisions
from tools.contracts.needing import unmet
from tools.contracts.shelf import Document, Shelf


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
    yield from dict.fromkeys(b for old in published for b in compare(name, old, written[name]))


def _gone(name: str, old: Document, written: Mapping[str, Document]) -> str:
    fields = _fields(old)
    alike = [other for other, new in written.items() if fields and fields == _fields(new)]
    renamed = [other for other in alike if other.partition(".")[0] != name.partition(".")[0]]
    return f"no class announces it any more{f'; was it renamed to {renamed[0]}?' if renamed else ''}"


def _fields(schema: Document) -> Collection[str]:
    return set(schema.get("properties", {}))
