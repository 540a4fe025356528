"""Models for tests: of one feature, with a worth that is set."""

from datetime import date

import numpy as np

from services.prediction.features import FEATURES
from services.prediction.fitting import Linear
from services.prediction.serving import Fitted, Model, Window, model_text, read_model
from services.prediction.validating import Validation

EDGE = Validation(majority=0.52, always_up=0.51, n=900, accuracy=0.6, low=0.57, high=0.63, edge=True)
NO_EDGE = Validation(majority=0.52, always_up=0.51, n=900, accuracy=0.53, low=0.5, high=0.56)


def a_text(due: date = date(2021, 1, 23), *, momentum: float = 1.0, **worth: Validation) -> str:
    """A model file; `h1=EDGE, h10=NO_EDGE` says what its horizons are worth."""
    stated = {int(name[1:]): validation for name, validation in (worth or {"h1": NO_EDGE}).items()}
    none = np.zeros(len(FEATURES))
    coefficients = none.copy()
    coefficients[0] = momentum
    linear = Linear(none, none + 1, coefficients, 0.0)
    window = Window(due, date(2019, 1, 2), due, tickers=8, rows=4000)
    return model_text({days: Fitted(linear, validation) for days, validation in stated.items()}, window)


def a_model(due: date = date(2021, 1, 23), **worth: Validation) -> Model:
    return read_model(a_text(due, momentum=1.0, **worth))
