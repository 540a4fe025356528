"""Build services/market_data/listings.csv: what can be searched for, with names and exchanges.

    python -m tools.symbols.build_listings LISTS

LISTS is a folder with `us/*_full_tickers.json` (NASDAQ screener rows). Funds come first, as `funds.csv` has
them, then companies by market value, then those that are gone: so a search shows what else matches alike.
"""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.symbols.build_universe import HERE, is_listed, listed, rows

WRITTEN = HERE.parents[1] / "services" / "market_data" / "listings.csv"
EXCHANGES = {"nasdaq": "NASDAQ", "nyse": "NYSE", "amex": "NYSE American"}
Row = tuple[str, str, str, str]


def main(lists: Path) -> None:
    with WRITTEN.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("symbol", "name", "exchange", "kind"))
        writer.writerows(_once(_everything(lists)))


def _once(found: Iterator[Row]) -> Iterator[Row]:
    """The first row of each symbol."""
    seen: set[str] = set()
    for row in found:
        if row[0] not in seen:
            seen.add(row[0])
            yield row


def _everything(lists: Path) -> Iterator[Row]:
    traded = [row for _, row in sorted(_traded(lists), key=lambda found: (-found[0], found[1]))]
    exchanges = {symbol: exchange for symbol, _, exchange, _ in traded}
    for row in rows(HERE / "funds.csv"):
        yield row["symbol"], row["name"], exchanges.get(row["symbol"], ""), "fund"
    yield from traded
    for row in rows(HERE / "gone.csv"):
        yield row["symbol"], row["name"], "", "gone"


def _traded(lists: Path) -> Iterator[tuple[float, Row]]:
    for short, exchange in EXCHANGES.items():
        path = lists / "us" / f"{short}_full_tickers.json"
        for row in json.loads(path.read_text(encoding="utf-8")):
            found = listed(row)
            if is_listed(row) and found.kind in ("stock", "fund"):
                yield float(row["marketCap"] or 0), (found.symbol, found.name, exchange, found.kind)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
