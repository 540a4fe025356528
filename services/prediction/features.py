"""What is known about a ticker at a session's close, as scale-free figures. Formulas: FEATURES.md."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import log, nan

import numpy as np
from numpy.typing import NDArray

from services.prediction.measuring import looks_split
from services.prediction.observed import Bar, Mood, is_session
from services.prediction.sessions import closes_at

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

FEATURES = (
    "return_1",
    "return_5",
    "return_21",
    "volatility_21",
    "volume_ratio",
    "overnight_gap",
    "drawdown_63",
    "sentiment_mean",
    "sentiment_shift",
    "mention_velocity",
    "unique_authors",
    "coverage_full",
    "sentiment_known",
)
TALK = FEATURES[7:12]
"""The features a day may lack and still be forecast: `sentiment_known` says so."""
FULL_COVERAGE = Decimal("0.5")
"""Share of the usual posts below which a collection saw too little of the talk."""
SESSIONS_NEEDED = 63
"""Sessions of history behind a complete row; one more where the first tells no previous close."""


@dataclass(frozen=True)
class Rows:
    """One ticker's sessions, oldest first; a NaN is a figure that was not known."""

    days: tuple[date, ...]
    x: Matrix
    growth: Vector
    """close ÷ close of the session before"""

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Which rows lack nothing but talk."""
        needed = [i for i, name in enumerate(FEATURES) if name not in TALK]
        return np.asarray(~np.isnan(self.x[:, needed]).any(axis=1))


def rows(bars: Sequence[Bar], moods: Sequence[Mood] = ()) -> Rows:
    """The features of each session, in the order of FEATURES, whatever the order of *bars* and *moods*."""
    held = sorted((bar for bar in bars if is_session(bar.day, bar.volume)), key=lambda bar: bar.day)
    days = tuple(bar.day for bar in held)
    before, growth = _growth(held)
    columns = [*_price_columns(held, before, growth), *_talk_columns(days, moods)]
    return Rows(days, np.column_stack(columns), growth)


def _growth(bars: Sequence[Bar]) -> tuple[Vector, Vector]:
    """Previous closes and close ÷ previous close.

    The bar's own previous close comes first: between two announcements a split may have changed the dollars.
    Where it looks as if it did and the bar does not know, what happened overnight is not known.
    """
    last: Decimal | None = None
    before, growth = [], []
    for bar in bars:
        previous = bar.previous_close or last
        untold = previous is not None and looks_split(bar.open / previous)
        before.append(float("nan" if untold or previous is None else previous))
        growth.append(float(bar.close / bar.open) if untold else float(bar.close) / before[-1])
        last = bar.close
    return np.array(before, dtype=float), np.array(growth, dtype=float)


def _price_columns(bars: Sequence[Bar], before: Vector, growth: Vector) -> list[Vector]:
    opens = np.array([float(bar.open) for bar in bars], dtype=float)
    volumes = np.array([float(bar.volume) for bar in bars], dtype=float)
    usual = _trailing(np.concatenate(([np.nan], volumes[:-1]))[: len(bars)], 21).mean(axis=1)
    return [
        *(_trailing(growth, n).prod(axis=1) - 1 for n in (1, 5, 21)),
        _trailing(growth, 21).std(axis=1, ddof=1),
        np.log(volumes / usual),
        opens / before - 1,
        _drawdown(growth),
    ]


def _drawdown(growth: Vector) -> Vector:
    """Last close ÷ highest close of the last 63 sessions − 1; the first of them is the level 1."""
    levels = _trailing(growth, SESSIONS_NEEDED - 1).cumprod(axis=1)
    highest = np.maximum(levels.max(axis=1), 1.0)
    return np.asarray(levels[:, -1] / highest - 1)


def _trailing(values: Vector, size: int) -> Matrix:
    """Row i holds the *size* values up to and including i; NaN where history is shorter."""
    padded = np.concatenate((np.full(size - 1, np.nan), values))
    return np.lib.stride_tricks.sliding_window_view(padded, size) if len(values) else np.empty((0, size))


def _talk_columns(days: Sequence[date], moods: Sequence[Mood]) -> list[Vector]:
    """What was said after the previous close up to this, in the order of TALK, and whether anything was."""
    heard: defaultdict[int, list[Mood]] = defaultdict(list)
    closes = [closes_at(day) for day in days] if moods else []
    for mood in sorted(moods, key=lambda mood: mood.at):
        heard[bisect_left(closes, mood.at)].append(mood)
    talk = np.full((len(days), len(TALK)), np.nan)
    for i, said in heard.items():
        if i < len(days):  # what came after the last close is not known at it
            talk[i] = _talk(said)
    return [*talk.T, 1.0 - np.isnan(talk[:, 0])]


def _talk(said: Sequence[Mood]) -> tuple[float, ...]:
    authors = [mood.authors for mood in said if mood.authors is not None]
    covered = [mood.coverage for mood in said if mood.coverage is not None]
    return (
        _weighed([(mood.mean, mood.mentions) for mood in said]),
        _weighed([(mood.mean - mood.previous, mood.mentions) for mood in said if mood.previous is not None]),
        max(log((mood.mentions + 1) / (float(mood.usual_mentions) + 1)) for mood in said),
        log(max(authors) + 1) if authors else nan,
        float(min(covered) >= FULL_COVERAGE) if covered else nan,
    )


def _weighed(values: Sequence[tuple[Decimal, int]]) -> float:
    """The mean by weight; NaN of none."""
    weight = sum(weight for _, weight in values)
    return float(sum(value * weight for value, weight in values)) / weight if weight else nan
