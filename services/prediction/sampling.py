"""Forecasts that can be checked: features at a close beside what happened so many sessions later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from services.prediction.features import FEATURES, Matrix, Rows

Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Samples:
    """Rows of one horizon. Positions count sessions of the pooled calendar, the same for all tickers."""

    x: Matrix
    up: Flags
    """the close *horizon* sessions later is higher"""
    known: Positions
    """session at whose close the row was known"""
    resolved: Positions
    """session at whose close the outcome was known"""

    def __len__(self) -> int:
        return len(self.up)


def samples(histories: Mapping[str, Rows], horizon: int) -> Samples:
    """All complete rows whose outcome is known, by session and then ticker."""
    calendar = {day: i for i, day in enumerate(sorted({d for rows in histories.values() for d in rows.days}))}
    parts = [_of_one(histories[ticker], horizon, calendar) for ticker in sorted(histories)]
    if not parts:
        return Samples(np.empty((0, len(FEATURES))), *(np.empty(0, t) for t in (bool, np.int64, np.int64)))
    x, up, known, resolved = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(known, kind="stable")
    return Samples(x[order], up[order], known[order], resolved[order])


def _of_one(
    rows: Rows, horizon: int, calendar: Mapping[date, int]
) -> tuple[Matrix, Flags, Positions, Positions]:
    at = np.array([calendar[day] for day in rows.days], dtype=np.int64)
    count = max(len(at) - horizon, 0)
    later = (
        np.lib.stride_tricks.sliding_window_view(rows.growth[1:], horizon).prod(axis=1)
        if count
        else np.empty(0)
    )
    usable = rows.complete[:count] & ~np.isnan(later)
    return rows.x[:count][usable], later[usable] > 1, at[:count][usable], at[horizon:][usable]
