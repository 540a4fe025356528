"""Says what forecasts were worth, once the closes they were about are known."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.prediction import DirectionPredictedV1, PredictionResolvedV1
from services.prediction.chaining import Chain, Written, fault
from services.prediction.forecasting import Log
from services.prediction.measuring import comparable_close
from services.prediction.observed import Bar
from services.prediction.serving import HORIZONS
from services.prediction.sessions import last_closed, session_after

BRIER_OF_HALF = Decimal("0.25")
"""The score of who says ½ every time."""
_MILLIONTH = Decimal("0.000001")


class Observations(Protocol):
    def tickers(self) -> Sequence[str]: ...

    def bars(self, ticker: str, first: date, last: date) -> Sequence[Bar]: ...


class Forecasts(Protocol):
    def chain(self, ticker: str, horizon: int) -> Chain: ...

    def resolve(self, resolutions: Sequence[PredictionResolvedV1], tick: str) -> None:
        """Keeps each beside its record; raises where one is resolved already."""
        ...


def resolve_predictions(
    due: Due, publish: Publish, *, observations: Observations, forecasts: Forecasts, log: Log
) -> None:
    """Resolves what can be resolved at this tick, whatever order the bars came in.

    A forecast of a session is resolved by the close so many sessions later. A repeat announces what this tick
    resolved, unchanged; another tick does not announce it again. What lacks a bar waits for a later tick.
    """
    seen = _Tick(last_closed(due.due_at), publish.cause.id, observations, forecasts)
    for ticker in observations.tickers():
        for resolution in seen.resolved(ticker):
            publish(resolution)
    log.info("prediction.resolved", extra={"due": str(seen.day), **seen.count})


@dataclass
class _Tick:
    day: date
    id: str
    observations: Observations
    forecasts: Forecasts
    count: Counter[str] = field(default_factory=lambda: Counter(resolved=0, waiting=0, changed=0))

    def resolved(self, ticker: str) -> Iterator[PredictionResolvedV1]:
        """What this tick has to tell of a ticker, after keeping what was not kept before."""
        chains = {days: self.forecasts.chain(ticker, days) for days in HORIZONS}
        ripe = {days: self._ripe(chain, days) for days, chain in chains.items()}
        first = min((record.date for records in ripe.values() for record in records), default=None)
        bars = self.observations.bars(ticker, first, self.day) if first else []
        for days, chain in chains.items():
            kept = [(one, each.resolved_by) for each in chain.records if (one := each.worth)]
            new = self._judged(ripe[days], bars, [one for one, _ in kept])
            self.forecasts.resolve(new, self.id)
            yield from sorted([*(one for one, by in kept if by == self.id), *new], key=_place)

    def _ripe(self, chain: Chain, horizon: int) -> list[DirectionPredictedV1]:
        """Forecasts without a resolution whose session is over; one that was changed is none any more."""
        waiting = [each for each in chain.records if not each.resolved_by]
        whole = [_record(each) for each in waiting if not fault(each)]
        self.count["changed"] += len(waiting) - len(whole)
        return [record for record in whole if session_after(record.date, horizon) <= self.day]

    def _judged(
        self,
        ripe: Sequence[DirectionPredictedV1],
        bars: Sequence[Bar],
        before: Sequence[PredictionResolvedV1],
    ) -> list[PredictionResolvedV1]:
        known, new = list(before), list[PredictionResolvedV1]()
        for record in ripe:
            day = session_after(record.date, record.horizon)
            close = comparable_close(record.reference_close, record.date, day, bars)
            self.count["waiting" if close is None else "resolved"] += 1
            if close is not None:
                new.append(resolution(record, day, close, known))
                known.append(new[-1])
        return new


def resolution(
    record: DirectionPredictedV1, day: date, close: Decimal, known: Sequence[PredictionResolvedV1]
) -> PredictionResolvedV1:
    """What the forecast was worth; *close* is in the dollars of its reference close.

    "So far" counts this one and those of *known* whose session was earlier; of one session, by day of
    forecast. Scores are exact, their mean is rounded to six places.
    """
    up = close > record.reference_close
    score = (record.probability_up - up) ** 2
    scores = [score, *(one.brier for one in known if _place(one) < (day, record.date))]
    outcome = "up" if up else "down"
    return PredictionResolvedV1(
        ticker=record.ticker,
        date=record.date,
        horizon=record.horizon,
        resolved_on=day,
        direction=record.direction,
        probability_up=record.probability_up,
        outcome=outcome,
        correct=record.direction == outcome if record.direction in ("up", "down") else None,
        reference_close=record.reference_close,
        close=close,
        brier=score,
        resolved=len(scores),
        brier_mean=(sum(scores, Decimal()) / len(scores)).quantize(_MILLIONTH),
        brier_baseline=BRIER_OF_HALF,
        record_hash=record.record_hash,
    )


def _place(resolution: PredictionResolvedV1) -> tuple[date, date]:
    return resolution.resolved_on, resolution.date


def _record(written: Written) -> DirectionPredictedV1:
    return DirectionPredictedV1.model_validate_json(written.text)
