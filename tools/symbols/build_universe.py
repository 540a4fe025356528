"""Build services/ingestion/symbols.csv: every ticker a post can mean, with the names people call it by.

    python tools/symbols/build_universe.py LISTS WORDS

LISTS is a folder with `us/*_full_tickers.json` (NASDAQ screener rows), `sp500/constituents.csv` and
`russell1000/russell_1000.csv`; WORDS is a plain English word list, one word a line. Tells what is new, what
is gone, and what may have been renamed: that belongs into `gone.csv` here and `changes.csv` of the service.
"""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent
WRITTEN = HERE.parents[1] / "services" / "ingestion" / "symbols.csv"

# Share-class and legal tails of a listing's name, cut one after another until none is left.
TAIL = re.compile(
    r"(?:\s|,)+(?:"
    r"(?:Class|Series) [A-Z]\b.*|Common (?:Stock|Shares?|Units?)\b.*|(?:New )?Ordinary Shares?\b.*|"
    r"(?:Sponsored )?(?:American|Global)? ?Deposit[ao]ry (?:Shares?|Receipts?)\b.*|ADRs?|ADS|"
    r"(?:Subordinate|Limited|Multiple|Capital|Registered|Voting|Non-Voting|Variable)\b.*(?:Shares?|Stock)\b.*|"
    r"(?:Redeemable )?Warrants?\b.*|Units?\b.*|Rights?\b.*|Shares? of Beneficial Interest.*|"
    r"\(.*?\)|Incorporated|Inc\.?|Corporation|Corp\.?|Company|Co\.|Limited|Ltd\.?|PLC|Plc|plc|N\.?V\.?|"
    r"S\.?A\.?|SE|AG|L\.?P\.?|LLC|Holdings?|Group|Bancorp|The|& Co"
    r")$"
)
PREFERRED = re.compile(r"\^|\b(?:Preferred|Preference|Pfd|Notes?|Debentures?|Subordinated|Convertible)\b|%")
PARTS = (("warrant", "Warrant"), ("unit", "(?<!Common )Unit"), ("right", "Right"))
FUND = re.compile(r"\b(?:Fund|ETF|ETN|Municipal|Closed)\b")


@dataclass(frozen=True)
class Listing:
    symbol: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    size: float = 0.0


def main(lists: Path, words: Path) -> None:
    english = {word.strip().lower() for word in words.read_text(encoding="utf-8").splitlines()}
    listings = {listing.symbol: listing for listing in _everything(lists)}
    index = _index_members(lists)
    curated = {
        row["symbol"]: tuple(filter(None, row["aliases"].split("|"))) for row in rows(HERE / "names.csv")
    }
    called = [_called(listing, curated, english, index) for listing in listings.values()]
    before = {row["symbol"]: row["name"] for row in rows(WRITTEN)} if WRITTEN.exists() else {}
    with WRITTEN.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("symbol", "name", "aliases", "kind"))
        for listing in sorted(_one_owner_each(called), key=lambda found: found.symbol):
            writer.writerow((listing.symbol, listing.name, "|".join(listing.aliases), listing.kind))
    for line in changed(before, {listing.symbol: listing.name for listing in called}):
        print(line)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """What a person has to look at, of symbols with their names then and now."""
    new, gone = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    heirs = {after[symbol]: symbol for symbol in new}
    yield f"{len(after):,} symbols, {len(new):,} new, {len(gone):,} gone"
    for symbol in gone:
        heir = heirs.get(before[symbol])
        yield f"{symbol}, {before[symbol]}: " + (f"renamed {heir}?" if heir else "gone")
    for symbol in sorted(before.keys() & after.keys()):
        if before[symbol] != after[symbol]:
            yield f"{symbol}: was {before[symbol]}, is {after[symbol]}; another company?"


def _everything(lists: Path) -> Iterator[Listing]:
    """Later listings replace earlier ones: today's lists know a live symbol best."""
    for row in rows(HERE / "gone.csv"):
        yield Listing(row["symbol"], row["name"], tuple(filter(None, row["aliases"].split("|"))), "gone")
    for row in rows(HERE / "funds.csv"):
        yield Listing(row["symbol"], row["name"], (), "fund")
    for path in sorted((lists / "us").glob("*_full_tickers.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            if is_listed(row):
                yield listed(row)


def is_listed(row: dict[str, str]) -> bool:
    """Whether a row is of a company or a fund, and not of a preferred share or a note."""
    return not PREFERRED.search(f"{row['symbol']} {row['name']}") and "/W" not in row["symbol"]


def listed(row: dict[str, str]) -> Listing:
    symbol = row["symbol"].strip().replace("/", ".")
    kind = next((kind for kind, word in PARTS if re.search(rf"\b{word}s?\b", row["name"])), "stock")
    if kind == "stock" and FUND.search(row["name"]):
        kind = "fund"
    return Listing(symbol, _plain_name(row["name"]), (), kind, float(row["volume"] or 0))


def _plain_name(name: str) -> str:
    name, before = " ".join(name.split()), ""
    while name != before:
        before, name = name, TAIL.sub("", name).rstrip(" ,-")
    return name.removeprefix("The ")


def _called(
    listing: Listing, curated: dict[str, tuple[str, ...]], english: set[str], index: set[str]
) -> Listing:
    if listing.symbol in curated:
        return replace(listing, aliases=curated[listing.symbol])
    if listing.kind != "stock" or not _distinct(listing.name, english, listing.symbol in index):
        return listing
    return replace(listing, aliases=(listing.name,))


def _distinct(name: str, english: set[str], in_index: bool) -> bool:
    """Whether the plain name can stand in a text for the company alone."""
    words = [word for word in re.split(r"[\s\-&/.,]+", name) if word]
    foreign = [word for word in words if word.lower().removesuffix("'s") not in english]
    if not 1 <= len(words) <= 4 or "Acquisition" in words or not name[0].isupper() or "(" in name:
        return False
    if len(words) == 1:
        return len(name) >= 5 and bool(foreign)
    return in_index or any(len(word) >= 4 for word in foreign)


def _one_owner_each(listings: Iterable[Listing]) -> Iterator[Listing]:
    """A name belongs to one symbol: the curated one, else the share class that trades most."""
    taken: set[str] = set()
    curated = {row["symbol"] for row in rows(HERE / "names.csv")}
    for listing in sorted(
        listings, key=lambda found: (found.symbol not in curated, -found.size, found.symbol)
    ):
        own = tuple(alias for alias in listing.aliases if alias.lower() not in taken)
        taken.update(alias.lower() for alias in own)
        yield replace(listing, aliases=own)


def _index_members(lists: Path) -> set[str]:
    sp500 = {row["Symbol"] for row in rows(lists / "sp500" / "constituents.csv")}
    return sp500 | {row["ticker"] for row in rows(lists / "russell1000" / "russell_1000.csv")}


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
