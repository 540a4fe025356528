"""Calibration: what a model's probabilities were worth in the past is put into those it tells next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from services.prediction.features import Vector
from services.prediction.fitting import Linear, logistic, newton
from services.prediction.sampling import Flags

LEAST_CALIBRATED = 200
"""Out-of-sample forecasts below which probabilities are told as the model has them."""
_DIGITS = 10
_BINS = 10


@dataclass(frozen=True)
class Calibration:
    """log-odds that are told = intercept + slope · log-odds of the model (Platt 1999); slope ≥ 0."""

    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def learnt(cls, told: Vector, up: Flags) -> Self:
        """From out-of-sample probabilities and what came of them.

        Where the higher told was not the likelier, only how often it went up is learnt: a model that erred is
        not one that knows the contrary.
        """
        if len(told) < LEAST_CALIBRATED or up.all() or not up.any():
            return cls()
        line = Linear.fitted(_log_odds(told)[:, None], up, newton)
        slope = float(line.coefficients[0] / line.scales[0])
        if slope <= 0:
            rate = up.mean()
            return cls(0.0, round(float(np.log(rate / (1 - rate))), _DIGITS))
        return cls(round(slope, _DIGITS), round(float(line.intercept - slope * line.means[0]), _DIGITS))

    def of(self, told: Vector) -> Vector:
        return logistic(self.intercept + self.slope * _log_odds(told))


AS_IT_IS = Calibration()


@dataclass(frozen=True)
class Bin:
    """*n* forecasts of like probability: its mean beside how often it went up."""

    told: float
    came: float
    n: int


def reliability(told: Vector, up: Flags) -> tuple[Bin, ...]:
    """The forecasts in ten parts of equal size by probability, lowest first; fewer where fewer differ."""
    order = np.argsort(told, kind="stable")
    parts = (part for part in np.array_split(order, _BINS) if len(part))
    return tuple(
        Bin(round(float(told[part].mean()), 6), round(float(up[part].mean()), 6), len(part)) for part in parts
    )


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """The mean distance of told and came, weighed by forecasts; None of none."""
    total = sum(part.n for part in bins)
    return sum(abs(part.told - part.came) * part.n for part in bins) / total if total else None


def _log_odds(probability: Vector) -> Vector:
    within = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(within / (1 - within)))
