"""A model as a file: plain figures in canonical JSON, checked by their hash before any is used."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np

from services.prediction.calibrating import Bin, Calibration
from services.prediction.features import FEATURES, Matrix, Vector
from services.prediction.fitting import Linear
from services.prediction.validating import Validation

LAYOUT = 2
HORIZONS = (1, 10, 21)
"""Sessions ahead."""
NAME = "logistic"


class ModelUnreadable(Exception):
    """A model file is damaged, or made for other features or another layout."""


@dataclass(frozen=True)
class Fitted:
    """One horizon of a model."""

    linear: Linear
    validation: Validation

    def probability_up(self, x: Matrix) -> Vector:
        """Calibrated."""
        return self.validation.calibration.of(self.linear.probability_up(x))


@dataclass(frozen=True)
class Window:
    """What a model was trained on: complete rows of so many tickers; *due* is the day it was due."""

    due: date
    first: date
    last: date
    tickers: int
    rows: int


@dataclass(frozen=True)
class Model:
    due: date
    sha256: str
    horizons: Mapping[int, Fitted]

    @property
    def version(self) -> str:
        return f"{self.due}-{self.sha256[:12]}"


def canonical(value: object) -> str:
    """JSON with sorted keys and no blanks: the same value gives the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def model_text(horizons: Mapping[int, Fitted], window: Window) -> str:
    content = {
        "layout": LAYOUT,
        "model": NAME,
        "features": list(FEATURES),
        "trained": {**asdict(window), **{k: str(getattr(window, k)) for k in ("due", "first", "last")}},
        "horizons": {str(days): _content(fitted) for days, fitted in horizons.items()},
    }
    return canonical({**content, "sha256": _hash(content)})


def read_model(text: str) -> Model:
    """Raises ModelUnreadable, saying why."""
    try:
        content = json.loads(text)
        stated = content.pop("sha256")
        if stated != _hash(content):
            raise ModelUnreadable("its figures do not give its sha256: the file was changed")
        if (content["layout"], tuple(content["features"])) != (LAYOUT, FEATURES):
            raise ModelUnreadable(f"it has layout {content['layout']} and features {content['features']}")
        horizons = {int(days): _fitted(given) for days, given in content["horizons"].items()}
        return Model(date.fromisoformat(content["trained"]["due"]), stated, horizons)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnreadable(f"{type(error).__name__}: {error}") from error


def _hash(content: object) -> str:
    return sha256(canonical(content).encode()).hexdigest()


def _content(fitted: Fitted) -> dict[str, Any]:
    linear = fitted.linear
    return {
        "means": linear.means.tolist(),
        "scales": linear.scales.tolist(),
        "coefficients": linear.coefficients.tolist(),
        "intercept": linear.intercept,
        "validation": asdict(fitted.validation),
    }


def _fitted(given: Mapping[str, Any]) -> Fitted:
    arrays = (np.array(given[name], dtype=float) for name in ("means", "scales", "coefficients"))
    means, scales, coefficients = arrays
    if not means.shape == scales.shape == coefficients.shape == (len(FEATURES),):
        raise ModelUnreadable(f"it has not {len(FEATURES)} means, scales and coefficients")
    linear = Linear(means, scales, coefficients, float(given["intercept"]))
    return Fitted(linear, _validation(given["validation"]))


def _validation(given: Mapping[str, Any]) -> Validation:
    bins = tuple(Bin(**each) for each in given["reliability"])
    return Validation(**{**given, "calibration": Calibration(**given["calibration"]), "reliability": bins})
