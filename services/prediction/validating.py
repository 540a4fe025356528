"""What forecasts are worth: walk-forward accuracy against two baselines that need no model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from math import sqrt

import numpy as np

from services.prediction.calibrating import AS_IT_IS, Bin, Calibration, reliability
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
    """Shares 0…1 over *n* out-of-sample forecasts. No accuracy or Brier below LEAST_FORECASTS."""

    majority: float
    """accuracy of saying what mostly came in what was learnt from"""
    always_up: float
    n: int
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    edge: bool = False
    brier: float | None = None
    brier_of_rate: float | None = None
    """the score of telling how often it went up in what was learnt from"""
    calibration: Calibration = AS_IT_IS
    """learnt from all of them, for those to come"""
    reliability: tuple[Bin, ...] = ()
    independent: float = 0.0
    """how many independent forecasts tell as much as the n"""

    @property
    def baseline(self) -> float:
        """The better of the two that need no model."""
        return max(self.majority, self.always_up)


@dataclass(frozen=True)
class _Forecasts:
    """Those of a block, or of all: *raw* is the model's probability, *told* the calibrated one."""

    raw: Vector
    told: Vector
    up: Flags
    rate: Vector
    """share of ups in what was learnt from"""
    session: Positions
    resolved: Positions

    @property
    def right(self) -> Flags:
        return np.asarray((self.told >= 0.5) == self.up)


def walk_forward(samples: Samples, horizon: int, fit: Fit) -> Validation:
    """Fits on the past, forecasts the next block of sessions, FOLDS times over.

    A row is learnt from only if its outcome was known more than *horizon* sessions before the block begins:
    purge and embargo. The same holds for the forecasts of earlier blocks that a block is calibrated with.
    Sessions, not rows, are split, so no ticker tells another's future.
    """
    blocks: list[_Forecasts] = []
    for block in _blocks(samples, horizon, fit):
        blocks.append(_calibrated(block, blocks, horizon))
    if not blocks:
        share = float(samples.up.mean()) if len(samples) else 0.5
        return Validation(majority=max(share, 1 - share), always_up=share, n=0)
    return _judged(_joined(blocks), horizon)


def _blocks(samples: Samples, horizon: int, fit: Fit) -> Iterator[_Forecasts]:
    sessions = np.unique(samples.known)
    starts = sessions[len(sessions) * np.arange(1, FOLDS + 1) // (FOLDS + 1)] if len(sessions) else ()
    for start, stop in pairwise([*starts, np.inf]):
        past = samples.resolved + horizon < start
        block = (samples.known >= start) & (samples.known < stop)
        if past.sum() < LEAST_LEARNT or not block.any():
            continue
        raw = fit(samples.x[past], samples.up[past])(samples.x[block])
        rate = np.full(len(raw), samples.up[past].mean())
        yield _Forecasts(raw, raw, samples.up[block], rate, samples.known[block], samples.resolved[block])


def _calibrated(block: _Forecasts, earlier: Sequence[_Forecasts], horizon: int) -> _Forecasts:
    if not earlier:
        return block
    told = _joined(earlier)
    past = told.resolved + horizon < block.session.min()
    return replace(block, told=Calibration.learnt(told.raw[past], told.up[past]).of(block.raw))


def _joined(blocks: Sequence[_Forecasts]) -> _Forecasts:
    columns = ((getattr(block, field.name) for block in blocks) for field in fields(_Forecasts))
    return _Forecasts(*(np.concatenate(list(column)) for column in columns))


def _judged(all_: _Forecasts, horizon: int) -> Validation:
    n, up = len(all_.up), all_.up
    majority, always_up = float(((all_.rate >= 0.5) == up).mean()), float(up.mean())
    if n < LEAST_FORECASTS:
        return Validation(majority, always_up, n)
    accuracy = float(all_.right.mean())
    independent = independent_forecasts(all_.right, all_.session, horizon)
    low, high = wilson(accuracy, independent)
    return Validation(
        majority,
        always_up,
        n,
        accuracy,
        low,
        high,
        edge=low > max(majority, always_up),
        brier=float(((all_.told - up) ** 2).mean()),
        brier_of_rate=float(((all_.rate - up) ** 2).mean()),
        calibration=Calibration.learnt(all_.raw, up),
        reliability=reliability(all_.told, up),
        independent=independent,
    )


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
