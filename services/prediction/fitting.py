"""Logistic regression: standardised features, L2, one convex optimum whoever solves it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import Self

import numpy as np

from services.prediction.features import Matrix, Vector
from services.prediction.sampling import Flags

Solve = Callable[[Matrix, Flags], tuple[Vector, float]]
"""Coefficients and intercept that minimise ½‖w‖² + Σ log-loss over standardised rows of both classes."""

FURTHEST = 5.0
"""No value counts for more standard deviations than this; GME's of 27 January 2021 would decide alone."""
_DIGITS = 10


@dataclass(frozen=True)
class Linear:
    """log-odds of up = intercept + coefficients · standardised features; absence counts as the mean."""

    means: Vector
    scales: Vector
    coefficients: Vector
    intercept: float

    @classmethod
    def fitted(cls, x: Matrix, up: Flags, solve: Solve) -> Self:
        """Where all outcomes are alike, or nearly none are known, their rate (Laplace) is the answer."""
        means, scales = _standard(x)
        none = np.zeros(x.shape[1])
        if up.all() or not up.any():
            return cls(means, scales, none, round(_log_odds(int(up.sum()), len(up)), _DIGITS))
        coefficients, intercept = solve(_standardised(x, means, scales), up)
        return cls(means, scales, coefficients.round(_DIGITS), round(intercept, _DIGITS))

    def probability_up(self, x: Matrix) -> Vector:
        return logistic(_standardised(x, self.means, self.scales) @ self.coefficients + self.intercept)


def newton(z: Matrix, up: Flags) -> tuple[Vector, float]:
    """Solve by Newton's steps, halved while they do not descend. scikit-learn's optimum within 1e-6."""
    design = np.column_stack((z, np.ones(len(z))))
    ridge = np.append(np.ones(z.shape[1]), 0.0)
    sign = np.where(up, 1.0, -1.0)

    def cost(w: Vector) -> float:
        return float(0.5 * (ridge * w * w).sum() + np.logaddexp(0, -sign * (design @ w)).sum())

    w = np.zeros(design.shape[1])
    for _ in range(100):
        p = logistic(design @ w)
        slope = ridge * w + design.T @ (p - up)
        if np.abs(slope).max() < 1e-9:
            break
        curvature = np.diag(ridge) + (design * (p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(curvature, slope)
        while cost(w - step) > cost(w) and np.abs(step).max() > 1e-12:
            step = step / 2
        w = w - step
    return w[:-1], float(w[-1])


def _standard(x: Matrix) -> tuple[Vector, Vector]:
    """Means and standard deviations of what is known; a column without spread is left as it is."""
    known = ~np.isnan(x)
    counts = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, x, 0.0).sum(axis=0) / counts
    spread = np.sqrt((np.where(known, x - means, 0.0) ** 2).sum(axis=0) / counts)
    return means.round(_DIGITS), np.where(spread > 1e-9, spread, 1.0).round(_DIGITS)


def _standardised(x: Matrix, means: Vector, scales: Vector) -> Matrix:
    return np.clip(np.nan_to_num((x - means) / scales, nan=0.0), -FURTHEST, FURTHEST)


def logistic(odds: Vector) -> Vector:
    return np.asarray(0.5 * (1 + np.tanh(odds / 2)))


def _log_odds(ups: int, n: int) -> float:
    return log((ups + 1) / (n - ups + 1))
