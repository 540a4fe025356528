"""What pooled forecasts are worth on real figures: walk-forward accuracy beside baselines without a model.

    python -m benchmarks.prediction [--prices DIRECTORY] [--since YEAR] [--tickers N]

Reads `SYMBOL.csv.gz` files of daily bars (open, close, volume, split_coefficient) through the service's own
features and training, and says so where the directory is absent. No sentiment is in them. Expect no edge;
three horizons are tried, so one lower bound in forty or so would pass by chance alone.
"""

import argparse
import csv
import gzip
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from services.prediction.features import Rows, rows
from services.prediction.observed import Bar
from services.prediction.serving import Model, read_model
from services.prediction.training import trained

ROOT = Path(__file__).parents[1]
PRICES = ROOT.parent / "shared" / "data" / "prices" / "sp500_daily_1999_2021"
_COLUMNS = {"timestamp", "open", "close", "volume", "split_coefficient"}


def histories(folder: Path, since: int, most: int) -> dict[str, Rows]:
    """The features of up to *most* symbols with bars from *since* on, in order of their names."""
    found: dict[str, Rows] = {}
    for path in sorted(folder.glob("*.csv.gz")):
        if len(found) < most and (bars := [bar for bar in _bars(path) if bar.day.year >= since]):
            found[path.name.removesuffix(".csv.gz")] = rows(bars)
    return found


def _bars(path: Path) -> Iterator[Bar]:
    """The dollars are those of the day, so a split changes what the close before was worth."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        table = csv.DictReader(file)
        if not set(table.fieldnames or ()) >= _COLUMNS:
            return
        before: Decimal | None = None
        for line in table:
            close, split = Decimal(line["close"]), Decimal(line["split_coefficient"])
            previous = before / split if before else None
            volume = int(float(line["volume"]))
            yield Bar(date.fromisoformat(line["timestamp"]), Decimal(line["open"]), close, previous, volume)
            before = close


def show(model: Model) -> None:
    print("horizon  forecasts  accuracy  95 % interval    baseline  edge")
    for days, fitted in model.horizons.items():
        worth = fitted.validation
        if worth.accuracy is None or worth.low is None or worth.high is None:
            print(f"{days:7}  {worth.n:9,}  too few")
            continue
        interval = f"{worth.low:.4f} … {worth.high:.4f}"
        edge = "yes" if worth.edge else "no edge"
        print(f"{days:7}  {worth.n:9,}  {worth.accuracy:.4f}    {interval}  {worth.baseline:.4f}    {edge}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prices", type=Path, default=PRICES)
    parser.add_argument("--since", type=int, default=2010)
    parser.add_argument("--tickers", type=int, default=1000)
    asked = parser.parse_args()
    if not asked.prices.is_dir():
        print(f"skipped: there are no prices at {asked.prices}")
        return
    begun = time.process_time()
    known = histories(asked.prices, asked.since, asked.tickers)
    read = time.process_time()
    text = trained(known, max(day for history in known.values() for day in history.days))
    done = time.process_time()
    sessions = sum(len(history.days) for history in known.values())
    print(f"{len(known)} tickers, {sessions:,} sessions since {asked.since}")
    if text is None:
        print("too little history for a model")
        return
    show(read_model(text))
    print(
        f"CPU: {read - begun:.1f} s to read and compute features, {done - read:.1f} s to train and validate"
    )


if __name__ == "__main__":
    main()
