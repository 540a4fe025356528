"""The symbols we know, without what it takes to find them in a text."""

import csv
from pathlib import Path


def load_symbols(folder: Path = Path(__file__).parent) -> frozenset[str]:
    """Those of symbols.csv, also of companies that are gone: people go on writing them."""
    with (folder / "symbols.csv").open(newline="", encoding="utf-8") as lines:
        return frozenset(row["symbol"] for row in csv.DictReader(lines))
