"""Forecasts a ticker's direction from its last close and chains each record to the one before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.prediction import DirectionPredictedV1
from services.prediction.features import rows
from services.prediction.observed import Bar, Mood
from services.prediction.releasing import Release, in_force
from services.prediction.serving import NAME, Fitted, Model, canonical, read_model
from services.prediction.sessions import last_closed

FIRST = "0" * 64
"""The previous hash of a chain's first record."""
_HISTORY = timedelta(days=130)
"""The 64 sessions behind a row take 95 days; the rest is for a ticker that was halted."""


@dataclass(frozen=True)
class Told:
    """A record, and the event id of the tick that made it."""

    record: DirectionPredictedV1
    tick: str


@dataclass(frozen=True)
class Link:
    """Where a ticker's chain of a horizon stands: its newest hash, and what it holds for the day asked."""

    head: str = FIRST
    told: Told | None = None


class Log(Protocol):
    def info(self, msg: object, /, *, extra: Mapping[str, object]) -> None: ...
    def warning(self, msg: object, /, *, extra: Mapping[str, object]) -> None: ...


class Observations(Protocol):
    def last_session(self, day: date) -> tuple[date, list[str]] | None:
        """The last session on or before *day*, and the tickers that have a bar of it."""
        ...

    def history(self, ticker: str, first: date, last: date) -> tuple[Sequence[Bar], Sequence[Mood]]:
        """Bars and moods from *first* up to *last*'s close."""
        ...


class Forecasts(Protocol):
    def links(self, ticker: str, day: date, horizons: Sequence[int]) -> Mapping[int, Link]: ...

    def append(self, told: Sequence[Told]) -> None:
        """Adds one ticker's records, all or none; raises where a chain has moved on meanwhile."""
        ...


class Models(Protocol):
    def text(self, key: str) -> str: ...

    def releases(self) -> tuple[list[Release], str | None]: ...


def predict_direction(
    due: Due, publish: Publish, *, observations: Observations, forecasts: Forecasts, models: Models, log: Log
) -> None:
    """Forecasts every ticker of the last session with the model then in force.

    A repeat announces the stored records unchanged. Another tick that finds a session told stays silent:
    a holiday brings no second forecast.
    """
    day = last_closed(due.due_at)
    if (release := in_force(models.releases()[0], due.due_at)) is None:
        log.warning("forecast.skipped", extra={"due": str(day), "reason": "no model was trained by then"})
        return
    if (found := observations.last_session(day)) is None:
        log.warning("forecast.skipped", extra={"due": str(day), "reason": "no session is known"})
        return
    session, tickers = found
    model = read_model(models.text(release.key))
    tick, count = publish.cause.id, 0
    for ticker in tickers:
        drafts = _drafts(ticker, session, model, *observations.history(ticker, session - _HISTORY, session))
        for told in _recorded(drafts, session, tick, forecasts):
            if told.tick == tick:
                publish(told.record)
                count += 1
    log.info("forecast.told", extra={"session": str(session), "tickers": len(tickers), "records": count})


def _drafts(
    ticker: str, session: date, model: Model, bars: Sequence[Bar], moods: Sequence[Mood]
) -> list[DirectionPredictedV1]:
    """One record a horizon, not yet chained; none where the ticker's history is too short."""
    known = rows(bars, moods)
    if not known.days or known.days[-1] != session or not known.complete[-1]:
        return []
    close = next(bar.close for bar in bars if bar.day == session)
    return [
        _draft(ticker, session, close, days, fitted, float(fitted.probability_up(known.x[-1:])[0]), model)
        for days, fitted in sorted(model.horizons.items())
    ]


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


def _recorded(
    drafts: Sequence[DirectionPredictedV1], session: date, tick: str, forecasts: Forecasts
) -> Iterator[Told]:
    """What the chains hold for the session, after adding the drafts they lacked."""
    if not drafts:
        return
    links = forecasts.links(drafts[0].ticker, session, [draft.horizon for draft in drafts])
    held = {draft.horizon: links[draft.horizon].told for draft in drafts}
    new = [
        Told(chained(draft, links[draft.horizon].head), tick)
        for draft in drafts
        if held[draft.horizon] is None
    ]
    if new:
        forecasts.append(new)
    made = {told.record.horizon: told for told in new}
    yield from (held[draft.horizon] or made[draft.horizon] for draft in drafts)


def chained(draft: DirectionPredictedV1, previous: str) -> DirectionPredictedV1:
    linked = draft.model_copy(update={"previous_hash": previous})
    return linked.model_copy(update={"record_hash": record_hash(linked)})


def record_hash(record: DirectionPredictedV1) -> str:
    """SHA-256 of the record's canonical JSON, previous_hash in and record_hash left out."""
    return sha256(canonical(record.model_dump(mode="json", exclude={"record_hash"})).encode()).hexdigest()
