"""The needs of every consumer here, and as breaks what a change would take from them."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contracts.needs import needing
from contracts.needs.needing import Need, NeedsUnreadable
from tools.contracts.breaks import NEED_IS_MET, Break
from tools.contracts.shelf import Document, Shelf
from tools.tape.errors import TapeError


def declared(shelf: Shelf) -> list[Need]:
    """The needs of every file in `needs/`."""
    return [need for path in sorted(shelf.needs.glob("*.yaml")) for need in read_needs(path)]


def read_needs(path: Path) -> list[Need]:
    """The needs in a file. Raises TapeError, naming the place that is not as documented."""
    try:
        return needing.read_needs(path)
    except NeedsUnreadable as error:
        raise TapeError(f"{error}; contracts/needs/README.md shows such a file") from error


def unmet(needs: Iterable[Need], schemas: Mapping[str, Document]) -> Iterator[Break]:
    """What the schemas no longer give, by team and field."""
    for one in needing.unmet(needs, schemas):
        yield Break(one.need.event, one.path, NEED_IS_MET, one.what)
