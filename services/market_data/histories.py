"""The bars of many tickers as one block of figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.market_data.closing import Day

Matrix = NDArray[np.float64]
PeakOf = Literal["close", "high"]


@dataclass(frozen=True)
class Histories:
    """Bars as tickers × sessions, oldest first; NaN where a ticker has no bar."""

    open: Matrix
    high: Matrix
    close: Matrix
    volume: Matrix


def histories(bars: Sequence[Sequence[Day]], days: Sequence[date]) -> Histories:
    """*bars* of each ticker, in any order, laid out over *days*; those of other days are left out."""
    place = {day: n for n, day in enumerate(days)}
    cube = np.full((4, len(bars), len(days)), np.nan)
    for row, history in enumerate(bars):
        for bar in history:
            if (column := place.get(bar.day)) is not None:
                cube[:, row, column] = float(bar.open), float(bar.high), float(bar.close), bar.volume
    return Histories(*cube)
