"""Trains the pooled model of the week and puts it in force unless it is clearly worse."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from sklearn.linear_model import LogisticRegression

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from services.prediction.features import Matrix, Rows, Vector, rows
from services.prediction.fitting import Linear
from services.prediction.observed import Bar, Mood
from services.prediction.releasing import Release, in_force, is_worse, released
from services.prediction.sampling import Flags, samples
from services.prediction.serving import (
    HORIZONS,
    Fitted,
    Model,
    ModelUnreadable,
    Window,
    model_text,
    read_model,
)
from services.prediction.sessions import last_closed, new_york_day
from services.prediction.validating import LEAST_FORECASTS, walk_forward

TRAINED_ON = timedelta(days=2 * 365)
"""As much as a thousand tickers' history can be read in the function's time."""

_TOO_LITTLE = "too little history"


class Log(Protocol):
    def info(self, msg: object, /, *, extra: Mapping[str, object]) -> None: ...
    def warning(self, msg: object, /, *, extra: Mapping[str, object]) -> None: ...


class Observations(Protocol):
    def tickers(self) -> Sequence[str]: ...

    def history(self, ticker: str, first: date, last: date) -> tuple[Sequence[Bar], Sequence[Mood]]:
        """Bars and moods from *first* up to *last*'s close."""
        ...


class Models(Protocol):
    def keep(self, name: str, text: str) -> str:
        """Stores a model's file and gives its key."""
        ...

    def text(self, key: str) -> str: ...

    def releases(self) -> tuple[list[Release], str | None]:
        """The releases by time, and the mark of this state of them."""
        ...

    def put_in_force(self, releases: Sequence[Release], seen: str | None) -> None:
        """Raises where the releases are no longer those of the mark *seen*."""
        ...

    def note_training(self, due: datetime, outcome: Mapping[str, object]) -> None: ...


def train_model(due: Due, _: Publish, *, observations: Observations, models: Models, log: Log) -> None:
    """Trains on what was known when it was due. Safe to repeat: the same history gives the same bytes."""
    day, last = new_york_day(due.due_at), last_closed(due.due_at)
    first = last - TRAINED_ON
    text = trained({t: rows(*observations.history(t, first, last)) for t in observations.tickers()}, day)
    if text is None:
        log.warning("training.skipped", extra={"due": str(day), "reason": _TOO_LITTLE})
        models.note_training(due.due_at, {"key": None, "reason": _TOO_LITTLE})
        return
    model, (releases, seen) = read_model(text), models.releases()
    new = Release(due.due_at, models.keep(f"{model.due}-{model.sha256}", text))
    worse = (current := in_force(releases, due.due_at)) and _loses(model, models.text(current.key))
    if not worse:
        models.put_in_force(released(releases, new), seen)
    models.note_training(due.due_at, {"key": new.key, "in_force": not worse})
    log.info("model.trained", extra={"version": model.version, "in_force": not worse})


def _loses(model: Model, current_text: str) -> bool:
    """A model we can no longer read cannot be served, so nothing is worse than it."""
    try:
        return is_worse(model, read_model(current_text))
    except ModelUnreadable:
        return False


def trained(histories: Mapping[str, Rows], due: date) -> str | None:
    """The model file of the horizons with at least LEAST_FORECASTS known outcomes; None without any."""
    horizons = {}
    for days in HORIZONS:
        known = samples(histories, days)
        if len(known) >= LEAST_FORECASTS:
            horizons[days] = Fitted(Linear.fitted(known.x, known.up, solve), walk_forward(known, days, fit))
    return model_text(horizons, _window(histories, due)) if horizons else None


def fit(x: Matrix, up: Flags) -> Callable[[Matrix], Vector]:
    return Linear.fitted(x, up, solve).probability_up


def solve(z: Matrix, up: Flags) -> tuple[Vector, float]:
    """scikit-learn's L2 logistic regression with C = 1."""
    model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-9, max_iter=200, random_state=0)
    model.fit(z, up)
    return model.coef_[0], float(model.intercept_[0])


def _window(histories: Mapping[str, Rows], due: date) -> Window:
    days = {day for history in histories.values() for day in history.days}
    complete = sum(int(history.complete.sum()) for history in histories.values())
    return Window(due, min(days), max(days), tickers=len(histories), rows=complete)
