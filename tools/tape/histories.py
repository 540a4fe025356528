"""Daily bars from files, as forecasts learn from them: a CSV of many symbols, or a folder of one each."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from services.prediction.observed import Bar
from tools.tape.errors import TapeError

RECORDED = Path(__file__).parent / "recorded" / "bars.csv"
_COLUMNS = {
    "day": ("date", "timestamp"),
    "open": ("open",),
    "close": ("close",),
    "adjusted": ("adjusted_close", "adj close"),
    "volume": ("volume",),
}
_CHANGE_OF_DOLLARS = Decimal("0.2")
"""Share by which close ÷ adjusted close changes over a split; a dividend changes it by less."""


def bars_of(path: Path) -> tuple[dict[str, list[Bar]], list[str]]:
    """Bars by symbol, oldest first, and which files of a folder have none and why.

    Columns are as Yahoo, AlphaVantage or our recorded day name them; .gz is read too. Over a split, a bar's
    previous close is told in its own dollars. Raises TapeError.
    """
    if not path.is_dir():
        return _split_up(path), []
    found: dict[str, list[Bar]] = {}
    left_out = []
    for file in sorted(path.glob("*.csv*")):
        try:
            found[file.name.split(".csv")[0]] = list(_bars(_rows(file)))
        except TapeError as error:
            left_out.append(str(error))
    if not found:
        raise TapeError(f"{path} holds no .csv or .csv.gz files with bars; name a folder that does")
    return found, left_out


def _split_up(path: Path) -> dict[str, list[Bar]]:
    rows: dict[str, list[dict[str, str]]] = {}
    for row in _rows(path):
        if "symbol" not in row:
            raise TapeError(f"{path} has no column `symbol`; name a folder with one file a symbol instead")
        rows.setdefault(row["symbol"], []).append(row)
    return {symbol: list(_bars(iter(own))) for symbol, own in sorted(rows.items())}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            table = csv.DictReader(file)
            names = [name.strip().lower() for name in table.fieldnames or ()]
            for column, known in _COLUMNS.items():
                if not set(known) & set(names):
                    raise TapeError(f"{path} has no column for {column}; it is called {' or '.join(known)}")
            for row in table:
                yield {name: value or "" for name, value in zip(names, row.values(), strict=False)}
    except (OSError, EOFError, UnicodeError, csv.Error) as error:
        raise TapeError(f"cannot read bars from {path}: {error}") from error


def _bars(rows: Iterator[dict[str, str]]) -> Iterator[Bar]:
    """By day. A row that lacks a figure is no session."""
    known = [figures for row in rows if (figures := _figures(row))]
    before: tuple[Decimal, Decimal] | None = None
    for day, opened, close, adjusted, volume in sorted(known):
        yield Bar(day, opened, close, _previous(before, close, adjusted), volume)
        before = close, adjusted


def _previous(before: tuple[Decimal, Decimal] | None, close: Decimal, adjusted: Decimal) -> Decimal | None:
    if before is None:
        return None
    ratio = (before[0] / before[1]) / (close / adjusted)
    return before[0] / ratio if abs(ratio - 1) > _CHANGE_OF_DOLLARS else before[0]


def _figures(row: dict[str, str]) -> tuple[date, Decimal, Decimal, Decimal, int] | None:
    told = {column: next(row[name] for name in names if name in row) for column, names in _COLUMNS.items()}
    try:
        prices = [Decimal(told[name]) for name in ("open", "close", "adjusted")]
        day, volume = date.fromisoformat(told["day"][:10]), int(Decimal(told["volume"]))
    except (ValueError, InvalidOperation):
        return None
    return (day, *prices, volume) if all(price > 0 for price in prices) else None  # type: ignore[return-value]
