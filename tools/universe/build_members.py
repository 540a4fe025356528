"""Writes services/market_data/members.csv: who is among the thousand largest US companies, from when to when.

    python tools/universe/build_members.py LISTS

LISTS is a folder with `russell1000/russell_1000.csv`, `russell1000/IWB_holdings.csv` (holdings of a fund
that follows the index) and `us/*_full_tickers.json` (listings, which tell how share classes are spelt). Tells
who may have been renamed.
"""

import csv
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

TARGET = Path(__file__).parents[2] / "services" / "market_data" / "members.csv"
FIRST_LIST = date(2026, 5, 4)  # russell_1000.csv says no day; it was published on this one
UNLISTED = "NO MARKET (E.G. UNLISTED)"

Members = Mapping[str, str]
"""Names of companies by symbol."""


class Member(NamedTuple):
    """*until*: the first list without the symbol; *was*: what the company was listed as before."""

    symbol: str
    since: date
    until: date | None
    was: str


def main(lists: Path) -> None:
    listed = _listed(lists / "us")
    folder = lists / "russell1000"
    states = dict(sorted([(FIRST_LIST, _plain(folder)), _holdings(folder)]))
    found = {
        day: {_spelt(symbol, listed): name for symbol, name in held.items()} for day, held in states.items()
    }
    rows = list(members(found))
    with TARGET.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(Member._fields)
        writer.writerows((row.symbol, row.since, row.until or "", row.was) for row in sorted(rows))
    for row in sorted(rows, key=lambda row: (row.since, row.symbol)):
        if row.was:
            print(f"{row.was} is {row.symbol} since {row.since}")
    days = list(found)
    print(f"{len(rows):,} rows; {', '.join(f'{day}: {len(found[day]):,}' for day in days)}")


def members(states: Mapping[date, Members]) -> Iterator[Member]:
    """One row for each time a symbol joined, from dated lists in order."""
    days = list(states)
    for before, day in zip([None, *days], days, strict=False):
        stood = states[before] if before else {}
        heirs = {name: symbol for symbol, name in stood.items() if symbol not in states[day]}
        for symbol, name in states[day].items():
            if symbol not in stood:
                yield Member(symbol, day, _left(symbol, day, states), heirs.get(name, ""))


def _left(symbol: str, since: date, states: Mapping[date, Members]) -> date | None:
    return next((day for day in states if day > since and symbol not in states[day]), None)


def _plain(folder: Path) -> Members:
    rows = _rows(folder / "russell_1000.csv", "ticker")
    return {row["ticker"]: row["name"] for row in rows if row["ticker"].isalpha()}


def _holdings(folder: Path) -> tuple[date, Members]:
    path = folder / "IWB_holdings.csv"
    _, stated = path.read_text(encoding="utf-8-sig").splitlines()[1].split(",", 1)
    day = datetime.strptime(stated.strip('"'), "%b %d, %Y").date()
    rows = _rows(path, "Ticker")
    held = [row for row in rows if row["Asset Class"] == "Equity" and row["Exchange"] != UNLISTED]
    return day, {row["Ticker"]: row["Name"] for row in held}


def _rows(path: Path, first_column: str) -> Iterator[dict[str, str]]:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    head = next(n for n, line in enumerate(lines) if line.split(",")[0] == first_column)
    return (row for row in csv.DictReader(lines[head:]) if all(row.values()))


def _spelt(symbol: str, listed: Collection[str]) -> str:
    """Share classes as we write them: a fund's `BRKB`, which is nobody's symbol, is `BRK.B`."""
    company, letter = symbol[:-1], symbol[-1]
    is_class = symbol not in listed and letter in "AB" and len(company) > 2 and company in listed
    return f"{company}.{letter}" if is_class or f"{company}/{letter}" in listed else symbol


def _listed(folder: Path) -> set[str]:
    files = sorted(folder.glob("*_full_tickers.json"))
    return {row["symbol"].strip() for file in files for row in json.loads(file.read_text(encoding="utf-8"))}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
