"""A model file gives back the model, or says why it cannot."""

import json
from datetime import date
from hashlib import sha256

import numpy as np
import pytest

from services.prediction.features import FEATURES
from services.prediction.serving import ModelUnreadable, canonical, read_model
from tests.unit.prediction.models import EDGE, NO_EDGE, a_text


def test_a_model_is_read_as_it_was_written() -> None:
    model = read_model(a_text(date(2021, 1, 23), momentum=2.0, h1=EDGE, h21=NO_EDGE))

    assert model.due == date(2021, 1, 23)
    assert model.version.startswith("2021-01-23-")
    assert {days: fitted.validation for days, fitted in model.horizons.items()} == {1: EDGE, 21: NO_EDGE}
    up = model.horizons[1].linear.probability_up(np.array([[0.5, *[0.0] * (len(FEATURES) - 1)]]))
    assert up[0] == pytest.approx(1 / (1 + np.exp(-1.0)))


def test_the_same_model_is_the_same_bytes() -> None:
    assert a_text() == a_text()
    assert a_text() != a_text(momentum=1.1)


def test_a_changed_file_is_not_read() -> None:
    changed = json.loads(a_text())
    changed["horizons"]["1"]["intercept"] = 5.0

    with pytest.raises(ModelUnreadable, match="sha256"):
        read_model(canonical(changed))


@pytest.mark.parametrize("change", [{"layout": 1}, {"features": ["return_1"]}])
def test_a_model_of_other_features_or_layout_is_not_read(change: dict[str, object]) -> None:
    content = json.loads(a_text()) | change
    del content["sha256"]
    content["sha256"] = sha256(canonical(content).encode()).hexdigest()

    with pytest.raises(ModelUnreadable, match="layout"):
        read_model(canonical(content))


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"sha256": 1}', a_text()[:-9]])
def test_what_is_no_model_is_not_read(text: str) -> None:
    with pytest.raises(ModelUnreadable):
        read_model(text)
