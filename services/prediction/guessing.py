"""Forecasts from a caller's own figures: learnt from them alone, and validated on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.prediction.asking import Figures
from services.prediction.drafting import direction
from services.prediction.features import Matrix, Vector
from services.prediction.fitting import Linear, newton
from services.prediction.sampling import Flags, Samples
from services.prediction.validating import LEAST_LEARNT, Validation, walk_forward

_USUAL = 5
"""Rows before a row that say what is usual."""


@dataclass(frozen=True)
class Guess:
    """What is expected *days* rows after the newest."""

    days: int
    probability_up: float
    worth: Validation

    @property
    def direction(self) -> str:
        return direction(self.probability_up, self.worth.edge)


def guesses(figures: Figures, horizons: Sequence[int]) -> list[Guess]:
    x, close = caller_features(figures), np.array(figures.close)
    return [_guess(x, close, days) for days in horizons]


def caller_features(figures: Figures) -> Matrix:
    """By row: 1- and 5-row return, log volume and log mentions against the 5 rows before, balance of
    positive and negative −1…1, mood −1…1 and whether there is one. NaN: not known."""
    close, volume, positive, negative = (
        np.array(values) for values in (figures.close, figures.volume, figures.positive, figures.negative)
    )
    mood = np.array([np.nan if value is None else value for value in figures.mood])
    mentions = np.abs(positive) + np.abs(negative)
    columns = [
        _return(close, 1),
        _return(close, _USUAL),
        _against_usual(volume),
        _against_usual(mentions),
        (positive - negative) / (mentions + 1),
        mood,
        1.0 - np.isnan(mood),
    ]
    return np.column_stack(columns)


def _guess(x: Matrix, close: Vector, days: int) -> Guess:
    count = max(len(close) - days, 0)
    rows = np.arange(_USUAL, max(count, _USUAL))
    known = Samples(x[rows], close[rows + days] > close[rows], rows, rows + days)
    worth = walk_forward(known, days, _fit)
    up = worth.calibration.of(_fit(known.x, known.up)(x[-1:]))
    return Guess(days, float(up[0]), worth)


def _fit(x: Matrix, up: Flags) -> Callable[[Matrix], Vector]:
    """With few rows only their rate is learnt."""
    if len(up) < LEAST_LEARNT:
        rate = (up.sum() + 1) / (len(up) + 2)
        return lambda asked: np.full(len(asked), rate)
    return Linear.fitted(x, up, newton).probability_up


def _return(close: Vector, rows: int) -> Vector:
    before = np.concatenate((np.full(rows, np.nan), close[:-rows]))
    return np.asarray(close / before - 1)


def _against_usual(values: Vector) -> Vector:
    windows = np.lib.stride_tricks.sliding_window_view(values, _USUAL).mean(axis=1)
    usual = np.concatenate((np.full(_USUAL, np.nan), windows[:-1]))
    return np.asarray(np.log((values + 1) / (usual + 1)))
