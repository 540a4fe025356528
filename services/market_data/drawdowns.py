"""How far each ticker has fallen from its peak, for all tickers at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.market_data.histories import Histories, PeakOf
from services.market_data.suspecting import doubtful

Why = Literal["no_bar", "too_few_bars", "outlier", "suspect_split"]

BARS_NEEDED = 30


@dataclass(frozen=True)
class Falls:
    """One entry a ticker: per cent below the peak (NaN without a last bar), the session the peak was in."""

    pct: NDArray[np.float64]
    peak: NDArray[np.intp]


def falls(bars: Histories, peak_of: PeakOf) -> Falls:
    """The fall from the highest close (or high) of the window to its last close, the last day included.

    (close − peak) ÷ peak × 100, in −100 … 0; of equal peaks the first counts.
    """
    prices = bars.close if peak_of == "close" else bars.high
    known = np.where(np.isnan(prices), -np.inf, prices)
    at = known.argmax(axis=1)
    peak = np.take_along_axis(known, at[:, None], axis=1)[:, 0]
    with np.errstate(invalid="ignore"):
        return Falls((bars.close[:, -1] - peak) / peak * 100, at)


def bars_since(bars: Histories, peak: NDArray[np.intp]) -> NDArray[np.intp]:
    """Bars there are after the one the peak was in; fewer than sessions where some are missing."""
    traded = (~np.isnan(bars.close)).cumsum(axis=1)
    upto: NDArray[np.intp] = np.take_along_axis(traded, peak[:, None], axis=1)[:, 0]
    return traded[:, -1] - upto


def reasons(bars: Histories, peak_of: PeakOf) -> list[Why | None]:
    """Why each ticker cannot be ranked, none where it can."""
    traded = ~np.isnan(bars.close)
    split, outlier = doubtful(bars, peak_of)
    flags: Mapping[Why, NDArray[np.bool_]] = {
        "no_bar": ~traded[:, -1],
        "too_few_bars": traded.sum(axis=1) < BARS_NEEDED,
        "outlier": outlier,
        "suspect_split": split,
    }
    return [next((why for why, flag in flags.items() if flag[row]), None) for row in range(len(traded))]


def order(pct: NDArray[np.float64], tickers: Sequence[str], places: int) -> list[int]:
    """Positions, the furthest fallen first; falls equal to so many decimal *places* go by ticker."""
    return [int(n) for n in np.lexsort((np.array(tickers, dtype=str), np.round(pct, places)))]
