"""Made-up markets whose future is known to be guessable or not."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from services.prediction.features import Vector
from services.prediction.observed import Bar

FIRST_DAY = date(2019, 1, 2)


def weekdays(count: int, first: date = FIRST_DAY) -> list[date]:
    days = (first + timedelta(days=i) for i in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


def bars_of(growth: Sequence[float] | Vector, *, seed: int = 0, first: date = FIRST_DAY) -> list[Bar]:
    """Closes that grow so, from 100 dollars; opens and volumes are noise."""
    noise = np.random.default_rng(seed)
    return list(_bars(np.asarray(growth, dtype=float), noise, first))


def _bars(growth: Vector, noise: np.random.Generator, first: date) -> Iterator[Bar]:
    level = 100.0
    for day, g in zip(weekdays(len(growth), first), growth, strict=True):
        opened, before, level = level * (1 + 0.003 * noise.standard_normal()), level, level * g
        volume = int(1e6 * np.exp(0.3 * noise.standard_normal()))
        yield Bar(day, _dollars(opened), _dollars(level), _dollars(before), volume)


def _dollars(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


def random_walk(seed: int, sessions: int = 400) -> list[Bar]:
    """The past says nothing about the future."""
    noise = np.random.default_rng(seed)
    return bars_of(np.exp(0.02 * noise.standard_normal(sessions)), seed=seed)


def trending(seed: int, sessions: int = 400) -> list[Bar]:
    """A session mostly goes on in the direction of the one before."""
    noise = np.random.default_rng(seed)
    moves = [0.01]
    for _ in range(sessions - 1):
        moves.append(float(0.012 * np.sign(moves[-1]) + 0.008 * noise.standard_normal()))
    return bars_of(np.exp(moves), seed=seed)
