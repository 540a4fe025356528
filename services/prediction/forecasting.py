"""Forecasts a ticker's direction at a close, once, and chains each record to the one before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from services.prediction.chaining import Link, Told, chained
from services.prediction.drafting import drafts
from services.prediction.observed import Bar, Mood
from services.prediction.releasing import Release, in_force
from services.prediction.serving import HORIZONS, Model, ModelUnreadable, read_model
from services.prediction.sessions import last_closed

_HISTORY = timedelta(days=130)
"""The 64 sessions behind a row take 95 days; the rest is for a ticker that was halted."""

Outcome = Literal["told", "told_before", "session_over", "no_model", "too_little_history"]


class Log(Protocol):
    def info(self, msg: object, /, *, extra: Mapping[str, object]) -> None: ...
    def warning(self, msg: object, /, *, extra: Mapping[str, object]) -> None: ...


class Observations(Protocol):
    def last_session(self, day: date) -> date | None:
        """The last session on or before *day* that anything has a bar of."""
        ...

    def is_over(self, session: date) -> bool:
        """Whether a later session is known."""
        ...

    def tickers_of(self, session: date) -> Sequence[str]: ...

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
    """Forecasts what nothing heard since the close has led to: tickers with gaps, or that were late.

    A repeat announces the stored records unchanged. A session told by another cause stays as it was told:
    a holiday brings no second forecast.
    """
    if (session := observations.last_session(last_closed(due.due_at))) is None:
        log.warning("forecast.skipped", extra={"due": str(due.due_at), "reason": "no session is known"})
        return
    forecaster = Forecaster(observations, forecasts, models, log)
    tickers = observations.tickers_of(session)
    made: Counter[str] = Counter(
        forecaster.tell(ticker, session, publish, last_call=True) for ticker in tickers
    )
    tell = log.warning if made["no_model"] else log.info
    tell("forecasts.made", extra={"session": str(session), **made})


@dataclass
class Forecaster:
    """Forecasts tickers at the close of a session, once each. Which models are in force is read once."""

    observations: Observations
    forecasts: Forecasts
    models: Models
    log: Log
    _releases: list[Release] | None = None
    _read: dict[str, Model | None] = field(default_factory=dict)

    def tell(self, ticker: str, session: date, publish: Publish, *, last_call: bool = False) -> Outcome:
        """Announces the forecasts of *session* that the cause leads to, or led to before.

        Before the *last_call*, a ticker whose history has gaps is left for later: bars come in any order. Nor
        is a session forecast that is over: that would be hindsight.
        """
        if (release := self._release(publish.cause.time)) is None:
            return "no_model"  # nor was there one when it was first heard: nothing can have been told
        links = self.forecasts.links(ticker, session, HORIZONS)
        if held := [link.told for link in links.values() if link.told]:
            self._announce(held, publish)
            return "told_before"
        if not last_call and self.observations.is_over(session):
            return "session_over"
        if (model := self._model(release.key)) is None:
            return "no_model"
        history = self.observations.history(ticker, session - _HISTORY, session)
        new = [
            Told(chained(draft, links[draft.horizon].head), publish.cause.id)
            for draft in drafts(ticker, session, model, *history, whole=not last_call)
        ]
        if not new:
            return "too_little_history"
        self.forecasts.append(new)
        self._announce(new, publish)
        return "told"

    def _announce(self, told: Sequence[Told], publish: Publish) -> None:
        for each in told:
            if each.cause == publish.cause.id:
                publish(each.record)

    def _release(self, moment: datetime) -> Release | None:
        if self._releases is None:
            self._releases, _ = self.models.releases()
        return in_force(self._releases, moment)

    def _model(self, key: str) -> Model | None:
        """None where it cannot be read, until the next training."""
        if key not in self._read:
            self._read[key] = self._readable(key)
        return self._read[key]

    def _readable(self, key: str) -> Model | None:
        try:
            return read_model(self.models.text(key))
        except ModelUnreadable as error:
            self.log.warning("model.unreadable", extra={"key": key, "reason": str(error)})
            return None
