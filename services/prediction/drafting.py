"""What is forecast of a ticker at a close: one record a horizon, not yet in its chain."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from contracts.events.prediction import DirectionPredictedV1
from services.prediction.chaining import FIRST
from services.prediction.features import SESSIONS_NEEDED, Rows, rows
from services.prediction.observed import Bar, Mood
from services.prediction.serving import NAME, Fitted, Model
from services.prediction.sessions import session_after


def drafts(
    ticker: str, session: date, model: Model, bars: Sequence[Bar], moods: Sequence[Mood], *, whole: bool
) -> list[DirectionPredictedV1]:
    """One record a horizon; none where the ticker has no bar of the session or too short a history.

    *whole* asks for a bar of every session the exchange had within that history: the rest may be on its way.
    """
    known = rows(bars, moods)
    if not known.days or known.days[-1] != session or not known.complete[-1]:
        return []
    if whole and not _is_whole(known):
        return []
    close = next(bar.close for bar in bars if bar.day == session)
    return [
        _draft(ticker, session, close, days, fitted, float(fitted.probability_up(known.x[-1:])[0]), model)
        for days, fitted in sorted(model.horizons.items())
    ]


def _is_whole(known: Rows) -> bool:
    last = known.days[-SESSIONS_NEEDED:]
    return session_after(last[0], len(last) - 1) >= last[-1]


def _draft(
    ticker: str, session: date, close: Decimal, days: int, fitted: Fitted, up: float, model: Model
) -> DirectionPredictedV1:
    worth = fitted.validation
    return DirectionPredictedV1(
        ticker=ticker,
        date=session,
        horizon=days,
        direction=direction(up, worth.edge),
        probability_up=_share(up),
        baseline=_share(worth.baseline),
        accuracy=_share(worth.accuracy),
        accuracy_low=_share(worth.low),
        accuracy_high=_share(worth.high),
        samples=worth.n,
        edge=worth.edge,
        model=NAME,
        model_version=model.version,
        record_hash=FIRST,
        previous_hash=FIRST,
        reference_close=close,
    )


def direction(up: float, edge: bool) -> str:
    """A direction is told only where it was worth more than no model."""
    if not edge:
        return "no_edge"
    return "up" if up >= 0.5 else "down"


def _share(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.4f}")
