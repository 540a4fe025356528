"""What can be searched for: symbols, names and exchanges, the better known before the lesser."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LISTINGS = Path(__file__).with_name("listings.csv")


@dataclass(frozen=True)
class Listing:
    """*exchange* is empty where it is not known; *kind* is stock, fund or gone."""

    symbol: str
    name: str
    exchange: str
    kind: str


@cache
def load_listings(path: Path = LISTINGS) -> tuple[Listing, ...]:
    with path.open(newline="", encoding="utf-8") as lines:
        return tuple(Listing(**row) for row in csv.DictReader(lines))


def search(query: str, listings: Sequence[Listing], limit: int) -> list[Listing]:
    """At most *limit* that match: exactly, then by their beginning, then anywhere; symbols before names.

    Capitals and blanks at the ends do not matter. Among equals the order is that of *listings*.
    """
    wanted = " ".join(query.casefold().split())
    found = [(place, one) for one in listings if (place := _place(wanted, one)) is not None]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])[:limit]]


def _place(wanted: str, one: Listing) -> int | None:
    """0 is the best; none where nothing matches."""
    texts = (one.symbol.casefold(), one.name.casefold())
    tests = [text == wanted for text in texts]
    tests += [text.startswith(wanted) for text in texts]
    tests += [wanted in text for text in texts]
    return tests.index(True) if True in tests else None
