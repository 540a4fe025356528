"""Whose history of prices is in doubt: splits nobody adjusted for, and prices nobody traded at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.market_data.doubting import SPLIT_LIKENESS, SPLITS
from services.market_data.histories import Histories, Matrix, PeakOf

Vector = NDArray[np.float64]
Indexes = NDArray[np.intp]
Flags = NDArray[np.bool_]

A_JUMP = 1.4
"""A close this many times the one before, or less than the inverse, is looked at more closely."""

A_SPIKE = 2.0
"""Such a jump that is undone the next day is more likely a mistake than a market."""

HELD = 0.2
"""A jump held when the logarithms of two prices differ by less."""

ABSURD = 3.0
"""A close, or a high over its own day's prices, this many times off needs trading to be believed."""

QUIET = 3.0
"""Shares or dollars traded up to this many times the window's median: nothing happened that day."""


@dataclass(frozen=True)
class Jumps:
    """Quiet jumps of closes, one entry each: where, how far, how far the open already was, whether undone."""

    rows: Indexes
    size: Vector
    gap: Vector
    undone: Flags


def doubtful(bars: Histories, peak_of: PeakOf) -> tuple[Flags, Flags]:
    """Tickers with a suspect split, and with an outlier.

    Real jumps are traded: both shares and dollars are many times the usual. Where either is not, an open that
    is off by about a split's factor, and a close that stays there, is a suspect split. A close that jumps
    threefold, or twofold and comes straight back, is an outlier, and so is a high three times its own day's
    open and close where highs make the peak.
    """
    found = _quiet_jumps(bars)
    jump = np.maximum(found.size, 1 / found.size)
    absurd = (jump >= ABSURD) | (found.undone & (jump >= A_SPIKE))
    split = _like_a_split(found.gap) & _held(found.gap / found.size) & ~(found.undone & absurd)
    flags = np.zeros((2, len(bars.close)), dtype=bool)
    flags[0, found.rows[split]] = True
    flags[1, found.rows[absurd & ~split]] = True
    if peak_of == "high":
        flags[1] |= (bars.high > ABSURD * np.fmax(bars.open, bars.close)).any(axis=1)
    return flags[0], flags[1]


def _quiet_jumps(bars: Histories) -> Jumps:
    before = _last_known(bars.close)[:, :-1]
    with np.errstate(invalid="ignore"):
        step = bars.close[:, 1:] / before
        rows, columns = np.nonzero((step >= A_JUMP) | (step <= 1 / A_JUMP))
    quiet = _quiet(bars, rows, columns + 1)
    rows, columns = rows[quiet], columns[quiet]
    was, day = before[rows, columns], columns + 1
    after = np.minimum(day + 1, bars.close.shape[1] - 1)
    undone = (after > day) & _held(bars.close[rows, after] / was)
    return Jumps(rows, step[rows, columns], bars.open[rows, day] / was, undone)


def _last_known(close: Matrix) -> Matrix:
    """Each missing close replaced by the one before it."""
    place = np.where(np.isnan(close), 0, np.arange(close.shape[1]))
    return np.take_along_axis(close, np.maximum.accumulate(place, axis=1), axis=1)


def _quiet(bars: Histories, rows: Indexes, day: Indexes) -> Flags:
    found = np.zeros(len(rows), dtype=bool)
    for traded in (bars.volume, bars.volume * bars.close):
        usual = {row: np.nanmedian(traded[row]) for row in set(rows.tolist())}
        found |= traded[rows, day] <= QUIET * np.array([usual[row] for row in rows.tolist()])
    return found


def _held(ratio: Vector) -> Flags:
    return np.asarray(np.abs(np.log(ratio)) < HELD)


def _like_a_split(step: Vector) -> Flags:
    size = np.maximum(step, 1 / step)[:, None]
    return np.asarray((np.abs(size / np.array(SPLITS) - 1) <= SPLIT_LIKENESS).any(axis=1))
