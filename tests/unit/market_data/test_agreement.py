"""Drawdowns beside an independent computation with pandas, over real bars."""

import csv
import gzip
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from services.market_data import parquet
from services.market_data.adjusting import split_adjusted
from services.market_data.closing import Day
from services.market_data.drawdowns import falls
from services.market_data.histories import PeakOf, histories
from services.market_data.hours import session_of, sessions_back
from services.market_data.ranking import METHODS, ranked
from services.market_data.standings import by_rank
from services.market_data.suspecting import doubtful

ROOT = Path(__file__).parents[3]
RECORDED = ROOT / "tools" / "tape" / "recorded" / "bars.csv"
PRICES = ROOT.parent / "shared" / "data" / "prices" / "sp500_daily_1999_2021"
Bars = Mapping[str, Sequence[Day]]


@cache
def recorded() -> Bars:
    found: dict[str, list[Day]] = {}
    with RECORDED.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["symbol"], []).append(_day(row, row["date"], Decimal(1)))
    return found


@cache
def shared() -> Bars:
    if not PRICES.is_dir():
        pytest.skip(f"there are no prices at {PRICES}")
    return {
        path.name.removesuffix(".csv.gz"): found
        for path in sorted(PRICES.glob("*.csv.gz"))
        if (found := _file(path))
    }


def _file(path: Path) -> list[Day]:
    """Split-adjusted, since 2018: the coefficient stands on the first session at the new price."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row.get("timestamp", "") >= "2018"]
    factor, days = Decimal(1), []
    for row in sorted(rows, key=lambda row: row["timestamp"], reverse=True):
        days.append(_day(row, row["timestamp"], factor))
        factor *= Decimal(row["split_coefficient"])
    return days[::-1]


def _day(row: Mapping[str, str], day: str, factor: Decimal) -> Day:
    opened, high, close = (Decimal(row[name]) / factor for name in ("open", "high", "close"))
    return Day(date.fromisoformat(day), opened, high, close, int(float(row["volume"])))


def by_pandas(bars: Bars, days: Sequence[date], peak_of: PeakOf) -> dict[str, tuple[float, date, int]]:
    """Per ticker: per cent, the day of the peak, bars since; a running maximum, not ours."""
    found = {}
    for ticker, history in bars.items():
        frame: Any = pd.DataFrame(history).astype({"close": float, "high": float}).set_index("day")
        window = frame[(frame.index >= days[0]) & (frame.index <= days[-1])]
        if len(window) and window.index[-1] == days[-1]:
            top = window[peak_of].cummax()
            fall = (window["close"].iloc[-1] / top.iloc[-1] - 1) * 100
            found[ticker] = (fall, window[peak_of].idxmax(), len(window) - 1 - window[peak_of].argmax())
    return found


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("source", [recorded, shared], ids=lambda source: source.__name__)
@pytest.mark.parametrize("day", [date(2021, 1, 27), date(2020, 12, 24), date(2021, 4, 21)])
def test_every_fall_agrees_with_pandas_to_nine_places(source: Any, day: date, method: str) -> None:
    bars, window = source(), METHODS[method].window(day)
    tickers, peak_of = list(bars), METHODS[method].peak_of
    ours = falls(histories([bars[ticker] for ticker in tickers], window), peak_of)
    theirs = by_pandas(bars, window, peak_of)
    assert len(theirs) >= 40
    for row, ticker in enumerate(tickers):
        if ticker in theirs:
            assert ours.pct[row] == pytest.approx(theirs[ticker][0], abs=1e-9), ticker
            assert window[ours.peak[row]] == theirs[ticker][1], ticker
        else:
            assert np.isnan(ours.pct[row]), ticker


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("source", [recorded, shared], ids=lambda source: source.__name__)
def test_the_table_as_it_lies_there_agrees_with_pandas_in_every_row(
    source: Any, method: str, tmp_path: Path
) -> None:
    bars, window, way = source(), METHODS[method].window(date(2021, 1, 27)), METHODS[method]
    (tmp_path / "part.parquet").write_bytes(parquet.written(ranked(bars, window, way)))
    query = "SELECT * FROM read_parquet(?) ORDER BY rank NULLS LAST, symbol"
    found: Any = duckdb.execute(query, [str(tmp_path / "part.parquet")])
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    theirs = by_pandas(bars, window, way.peak_of)
    placed = [row for row in rows if row["rank"]]
    assert len(rows) == len(bars)
    assert len(placed) >= 40
    for row in placed:
        fall, peak_date, since = theirs[row["symbol"]]
        assert row["drawdown_pct"] == pytest.approx(fall, abs=1e-9), row
        assert row["peak_date"] == peak_date, row
        ago = since if way.calendar_days else window[::-1].index(peak_date)
        assert row["days_since_peak"] == ago, row
    shown = {
        one.symbol: f"{one.percent}"
        for one in by_rank(parquet.read((tmp_path / "part.parquet").read_bytes()))
    }
    assert shown == {row["symbol"]: f"{theirs[row['symbol']][0] + 0.0:.2f}" for row in placed}
    in_order = sorted(
        (round(theirs[row["symbol"]][0], way.places), row["symbol"], row["rank"]) for row in placed
    )
    assert [rank for *_, rank in in_order] == list(range(1, len(placed) + 1))


def test_bars_kept_before_real_splits_agree_with_those_a_provider_adjusted_since() -> None:
    window, way = METHODS["sessions"].window(date(2020, 12, 24)), METHODS["sessions"]
    adjusted, split = shared(), 0
    for ticker, history in as_kept().items():
        days = [bar for bar in history if bar.day in set(window)]
        told = [bar.previous_close / before.close for before, bar in pairwise(days) if bar.previous_close]
        if len(days) < len(window) or any(Decimal("0.7") < step < Decimal("1.4") for step in told):
            continue  # a part of the company was given away, which is no split
        split += bool(told)
        (ours,) = ranked({ticker: split_adjusted(days)}, window, way)
        (theirs,) = ranked({ticker: adjusted[ticker]}, window, way)
        assert ours.drawdown_pct == pytest.approx(theirs.drawdown_pct, abs=1e-6), ticker
        assert (ours.rank, ours.set_aside, ours.peak_date) == (
            theirs.rank,
            theirs.set_aside,
            theirs.peak_date,
        )
    assert split >= 2


def as_kept() -> Bars:
    """Each session as it was told that evening: split since, and the close before it in the new dollars."""
    if not PRICES.is_dir():
        pytest.skip(f"there are no prices at {PRICES}")
    found = {}
    for path in sorted(PRICES.glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [row for row in csv.DictReader(lines) if row.get("timestamp", "") >= "2020"]
        days: list[Day] = []
        for row in sorted(rows, key=lambda row: row["timestamp"]):
            coefficient = Decimal(row["split_coefficient"])
            before = round(days[-1].close / coefficient, 4) if days and coefficient != 1 else None
            days.append(_day(row, row["timestamp"], Decimal(1))._replace(previous_close=before))
        found[path.name.removesuffix(".csv.gz")] = days
    return found


def test_no_recorded_ticker_is_in_doubt_on_the_recorded_day() -> None:
    window = METHODS["sessions"].window(date(2021, 1, 27))
    for peak_of in ("close", "high"):
        split, outlier = doubtful(histories(list(recorded().values()), window), peak_of)
        assert not split.any()
        assert not outlier.any()


def test_every_window_is_of_sessions_and_has_its_length() -> None:
    day = date(2021, 1, 27)
    assert len(METHODS["sessions"].window(day)) == 180
    calendar = METHODS["calendar"].window(day)
    assert (day - calendar[0]).days <= 250
    assert all(session_of(one) for one in calendar)
    assert (day - sessions_back(calendar[0], 2)[0].day).days > 250
