"""Ranking 1,000 tickers by their fall over 180 sessions, beside a pandas loop; and which splits are noticed.

    python -m benchmarks.drawdown [--tickers N] [--rounds N] [--prices DIRECTORY]

Each begins with what it works on (a block of figures, a frame a ticker) and ends with the tickers by rank;
the falls must be the same, or the run fails. The walk is random, of a fixed seed. Where DIRECTORY holds
`SYMBOL.csv.gz` files of bars as traded with their `split_coefficient`, every 60th window of 180 sessions is
asked for suspect splits, with splits left in and taken out.
"""

import argparse
import csv
import gzip
import time
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from services.market_data.closing import Day
from services.market_data.drawdowns import falls, order, reasons
from services.market_data.histories import Histories, histories
from services.market_data.hours import sessions_back
from services.market_data.suspecting import A_JUMP, doubtful

ROOT = Path(__file__).parents[1]
PRICES = ROOT.parent / "shared" / "data" / "prices" / "sp500_daily_1999_2021"
SESSIONS = 180
LAST = date(2021, 4, 21)
_COLUMNS = ("open", "high", "close", "volume")


def walks(tickers: int) -> Histories:
    """Prices that wander, and one bar in two hundred missing."""
    random = np.random.default_rng(7)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, (tickers, SESSIONS)), axis=1))
    opened = close * np.exp(random.normal(0, 0.005, close.shape))
    high = np.maximum(opened, close) * np.exp(np.abs(random.normal(0, 0.005, close.shape)))
    block = np.stack([opened, high, close, random.lognormal(13, 0.5, close.shape)])
    missing = random.random(close.shape) < 0.005
    missing[:, -1] = False
    block[:, missing] = np.nan
    return Histories(*block)


def ours(bars: Histories, names: Sequence[str]) -> dict[str, float]:
    why, fallen = reasons(bars, "close"), falls(bars, "close").pct
    sound = [row for row, reason in enumerate(why) if reason is None]
    ranked = order(fallen[sound], [names[row] for row in sound], 9)
    return {names[sound[n]]: float(fallen[sound[n]]) for n in ranked}


def by_pandas(frames: dict[str, Any]) -> dict[str, float]:
    """One ticker after another, as the screener before us did; it sets nothing aside but short histories."""
    found = {}
    for name, frame in frames.items():
        closes = frame["close"]
        if len(closes) >= 30:
            found[name] = float((closes.iloc[-1] - closes.max()) / closes.max() * 100)
    return dict(sorted(found.items(), key=lambda item: (round(item[1], 9), item[0])))


def fastest(work: Callable[[], object], rounds: int) -> float:
    """Milliseconds of this process's CPU."""
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        times.append((time.process_time() - begun) * 1000)
    return min(times)


def compare(tickers: int, rounds: int) -> None:
    bars, names = walks(tickers), [f"T{n:05d}" for n in range(tickers)]
    figures = {name: getattr(bars, name) for name in _COLUMNS}
    frames: dict[str, Any] = {
        name: pd.DataFrame({column: matrix[row] for column, matrix in figures.items()}).dropna()
        for row, name in enumerate(names)
    }
    mine, theirs = ours(bars, names), by_pandas(frames)
    assert list(mine) == [name for name in theirs if name in mine]
    assert all(abs(mine[name] - theirs[name]) < 1e-9 for name in mine)
    quick = fastest(lambda: ours(bars, names), rounds)
    slow = fastest(lambda: by_pandas(frames), rounds)
    sessions = [session.day for session in sessions_back(LAST, SESSIONS)]
    kept = days_of(bars, sessions)
    layout = fastest(lambda: histories(kept, sessions), rounds)
    print(f"{tickers:,} tickers × {SESSIONS} sessions, fastest of {rounds}, CPU")
    print(f"  ranked, doubts looked for   {quick:9.1f} ms")
    print(f"  pandas loop, no doubts      {slow:9.1f} ms   {slow / quick:.1f} × ours")
    print(f"  laying kept bars out before {layout:9.1f} ms")


def days_of(bars: Histories, sessions: Sequence[date]) -> list[list[Day]]:
    """The block as the table of bars gives it: decimals, day by day."""
    cells = np.stack([bars.open, bars.high, bars.close], axis=2)
    return [
        [_day(day, prices) for day, prices in zip(sessions, row, strict=True) if not np.isnan(prices).any()]
        for row in cells
    ]


def _day(day: date, prices: Sequence[float]) -> Day:
    opened, high, close = (Decimal(f"{price:.4f}") for price in prices)
    return Day(day, opened, high, close, volume=1000)


def notice(folder: Path) -> None:
    """What is suspected in windows of real bars with their splits left in, and taken out."""
    tables = [table for path in sorted(folder.glob("*.csv.gz")) if (table := _table(path)) is not None]
    for left_in in (True, False):
        noticed = split = wrong = windows = 0
        for figures, coefficient in tables:
            ends = np.arange(SESSIONS, len(coefficient), 60)
            factor = np.ones(len(coefficient)) if left_in else _later(coefficient)
            adjusted = [figures[name] / factor for name in _COLUMNS[:3]] + [figures["volume"] * factor]
            block = Histories(*(np.stack([f[end - SESSIONS : end] for end in ends]) for f in adjusted))
            has = [_splits(coefficient[end - SESSIONS + 1 : end]) and left_in for end in ends]
            suspected = np.logical_or(*doubtful(block, "close"))
            windows, split = windows + len(ends), split + sum(has)
            noticed += int(suspected[has].sum())
            wrong += int(suspected[np.logical_not(has)].sum())
        print(
            f"splits {'left in' if left_in else 'taken out'}: {windows:,} windows, {split} with a split,",
            end=" ",
        )
        print(f"{noticed} of these set aside, and {wrong} of the others")


def _table(path: Path) -> tuple[dict[str, Any], Any] | None:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row.get("timestamp", ""))
    if len(rows) <= SESSIONS or "split_coefficient" not in rows[0]:
        return None
    figures = {name: np.array([float(row[name]) for row in rows]) for name in _COLUMNS}
    return figures, np.array([float(row["split_coefficient"]) for row in rows])


def _later(coefficient: Any) -> Any:
    """The product of all splits after each session."""
    return np.append(np.cumprod(coefficient[::-1])[::-1][1:], 1.0)


def _splits(coefficient: Any) -> bool:
    return bool((np.maximum(coefficient, 1 / coefficient) >= A_JUMP).any())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--prices", type=Path, default=PRICES)
    asked = parser.parse_args()
    compare(asked.tickers, asked.rounds)
    if asked.prices.is_dir():
        notice(asked.prices)
    else:
        print(f"skipped: there are no prices at {asked.prices}")


if __name__ == "__main__":
    main()
