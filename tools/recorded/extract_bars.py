"""Rebuilds the recorded day's bars.csv from the daily price tables named in SOURCE.md.

python tools/recorded/extract_bars.py DATA  (DATA holds prices/ and posts/, see SOURCE.md)
"""

import csv
import gzip
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

FIRST_DATE = "2020-01-02"
HEADER = ("symbol", "date", "open", "high", "low", "close", "adjusted_close", "volume")
TARGET = Path(__file__).parent.parent / "tape" / "recorded" / "bars.csv"
CARRIED_OVER = Path(__file__).parent / "more_daily.csv"

LARGE_CAPS = (
    *("AAL", "AAPL", "AMD", "AMZN", "BAC", "BRK.B", "CCL", "DIS", "F", "FB", "GE", "GOOG", "GS", "HD"),
    *("INTC", "MGM", "MSFT", "MU", "NFLX", "NVDA", "PFE", "T", "TSLA", "TWTR", "UAL", "WFC", "WMT", "XOM"),
)
CROWD_FAVOURITES = (
    *("AMC", "BB", "CLOV", "GME", "NIO", "PLTR", "PTON", "PYPL"),
    *("QQQ", "SNDL", "SPCE", "SPY", "TLRY"),
)


class Bar(NamedTuple):
    """One session: prices in US dollars, volume in shares, both in the units of the table's last row."""

    symbol: str
    date: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    adjusted_close: Decimal
    volume: int


def split_adjusted(symbol: str, rows: Iterable[dict[str, str]]) -> Iterator[Bar]:
    """Newest first: raw prices divided, and volume multiplied, by every split after their date."""
    factor = Decimal(1)
    for row in sorted(rows, key=lambda row: row["timestamp"], reverse=True):
        opened, high, low, close = (Decimal(row[name]) / factor for name in ("open", "high", "low", "close"))
        adjusted, volume = Decimal(row["adjusted_close"]), round(int(row["volume"]) * factor)
        yield Bar(symbol, row["timestamp"], opened, high, low, close, adjusted, volume)
        # The coefficient stands on the first session at the new price, which needs no adjusting.
        factor *= Decimal(row["split_coefficient"])


def as_printed(symbol: str, row: dict[str, str], adjusted: str) -> Bar:
    """A bar whose prices need no adjusting; *adjusted* names the column of the adjusted close."""
    opened, high, low, close = (Decimal(row[name]) for name in ("open", "high", "low", "close"))
    return Bar(symbol, row["date"], opened, high, low, close, Decimal(row[adjusted]), int(row["volume"]))


def large_caps(data: Path) -> Iterator[Bar]:
    """The AlphaVantage tables, which keep prices as traded and name each split."""
    for symbol in LARGE_CAPS:
        path = data / "prices" / "sp500_daily_1999_2021" / f"{symbol}.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            yield from split_adjusted(symbol, list(csv.DictReader(lines)))


def crowd_favourites(data: Path) -> Iterator[Bar]:
    """The Yahoo table, split-adjusted already; it fills closed days with the last bar and no volume."""
    path = data / "posts" / "wsb_comments_2021" / "market_prices.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["symbol"] in CROWD_FAVOURITES and row["volume"] != "NA":
                yield as_printed(row["symbol"], row, adjusted="adjusted")


def carried_over() -> Iterator[Bar]:
    """Sessions the tables under DATA lack, on the basis of their neighbours there (see SOURCE.md)."""
    with CARRIED_OVER.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield as_printed(row["symbol"], row, adjusted="adjusted_close")


def write(bars: Iterable[Bar], target: Path) -> int:
    """Write bars sorted by symbol and date with four decimals; returns how many."""
    kept = sorted(bar for bar in bars if bar.date >= FIRST_DATE)
    with target.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines, lineterminator="\n")
        table.writerow(HEADER)
        for bar in kept:
            prices = (format(price, ".4f") for price in bar[2:7])
            table.writerow((bar.symbol, bar.date, *prices, bar.volume))
    return len(kept)


def rebuild(data: Path, target: Path) -> int:
    """Write the whole file anew from the tables under *data*; returns how many bars it holds."""
    return write((*large_caps(data), *crowd_favourites(data), *carried_over()), target)


def main() -> None:
    """Rebuild the file that ships from the folder given as the one argument."""
    written = rebuild(Path(sys.argv[1]), TARGET)
    sys.stdout.write(f"{written} bars in {TARGET}\n")


if __name__ == "__main__":
    main()
