"""What forecasts are worth: walk-forward accuracy against two baselines that need no model."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np

from services.prediction.features import Matrix, Vector
from services.prediction.sampling import Flags, Positions, Samples

FOLDS = 6
LEAST_FORECASTS = 60
"""Out-of-sample forecasts below which no accuracy is told."""
LEAST_LEARNT = 20
"""Rows below which nothing is fitted."""
_Z95 = 1.959964

Fit = Callable[[Matrix, Flags], Callable[[Matrix], Vector]]
"""Learns from rows and outcomes; gives what turns rows into probabilities of up."""


@dataclass(frozen=True)
class Validation:
    """Shares 0…1 over *n* out-of-sample forecasts. No accuracy below LEAST_FORECASTS of them."""

    baseline: float
    n: int
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    edge: bool = False


@dataclass(frozen=True)
class _Forecasts:
    right: Flags
    up: Flags
    majority_right: Flags
    session: Positions


def walk_forward(samples: Samples, horizon: int, fit: Fit) -> Validation:
    """Fits on the past, forecasts the next block of sessions, FOLDS times over.

    A row is learnt from only if its outcome was known more than *horizon* sessions before the block begins:
    purge and embargo. Sessions, not rows, are split, so no ticker tells another's future.
    """
    blocks = list(_forecast_blocks(samples, horizon, fit))
    if not blocks:
        share = float(samples.up.mean()) if len(samples) else 0.5
        return Validation(baseline=max(share, 1 - share), n=0)
    columns = zip(*((b.right, b.up, b.majority_right, b.session) for b in blocks), strict=True)
    return _judged(_Forecasts(*(np.concatenate(column) for column in columns)), horizon)


def _forecast_blocks(samples: Samples, horizon: int, fit: Fit) -> Iterator[_Forecasts]:
    sessions = np.unique(samples.known)
    starts = sessions[len(sessions) * np.arange(1, FOLDS + 1) // (FOLDS + 1)] if len(sessions) else ()
    for start, stop in pairwise([*starts, np.inf]):
        past = samples.resolved + horizon < start
        block = (samples.known >= start) & (samples.known < stop)
        if past.sum() < LEAST_LEARNT or not block.any():
            continue
        up = samples.up[block]
        forecast_up = fit(samples.x[past], samples.up[past])(samples.x[block]) >= 0.5
        majority_up = samples.up[past].mean() >= 0.5
        yield _Forecasts(forecast_up == up, up, up == majority_up, samples.known[block])


def _judged(told: _Forecasts, horizon: int) -> Validation:
    n = len(told.right)
    baseline = float(max(told.majority_right.mean(), told.up.mean()))
    if n < LEAST_FORECASTS:
        return Validation(baseline=baseline, n=n)
    accuracy = float(told.right.mean())
    low, high = wilson(accuracy, independent_forecasts(told.right, told.session, horizon))
    return Validation(baseline, n, accuracy, low, high, edge=low > baseline)


def independent_forecasts(right: Flags, session: Positions, horizon: int) -> float:
    """How many independent forecasts tell as much as these; at least 1.

    Tickers rise and fall together: the variance between sessions gives the effective size (Kish's design
    effect, clusters = sessions). Outcomes of neighbouring sessions overlap: each counts 1 ÷ horizon.
    """
    share = right.mean()
    _, cluster = np.unique(session, return_inverse=True)
    sums = np.bincount(cluster, weights=right - share)
    clusters = len(sums)
    if clusters < 2:
        return 1.0
    variance = float((sums**2).sum()) * clusters / (clusters - 1) / len(right) ** 2
    independent = share * (1 - share) / variance if variance > 0 else clusters
    return max(1.0, min(float(independent), len(right)) / horizon)


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % score interval of a share seen in *n* trials (Wilson 1927)."""
    z2 = _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
