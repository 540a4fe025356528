"""Probabilities that mean what they say."""

import numpy as np
import pytest

from services.prediction.calibrating import AS_IT_IS, LEAST_CALIBRATED, Calibration, reliability
from services.prediction.features import Matrix, Vector
from services.prediction.sampling import Flags, Samples
from services.prediction.validating import walk_forward

NOISE = np.random.default_rng(3)
TRUE = NOISE.uniform(0.2, 0.8, 20_000)
UP = NOISE.random(20_000) < TRUE


def odds(probability: Vector) -> Vector:
    return np.asarray(np.log(probability / (1 - probability)))


def squashed(probability: Vector, slope: float, intercept: float = 0.0) -> Vector:
    return np.asarray(1 / (1 + np.exp(-(intercept + slope * odds(probability)))))


@pytest.mark.parametrize(("slope", "intercept"), [(4.0, 0.0), (0.25, 0.0), (1.0, 0.7), (3.0, -1.0)])
def test_probabilities_that_are_too_bold_too_shy_or_off_are_set_right(slope: float, intercept: float) -> None:
    told = squashed(TRUE, slope, intercept)

    np.testing.assert_allclose(Calibration.learnt(told, UP).of(told), TRUE, atol=0.03)


def test_what_is_right_already_stays() -> None:
    np.testing.assert_allclose(Calibration.learnt(TRUE, UP).of(TRUE), TRUE, atol=0.02)


def test_a_model_that_erred_is_not_one_that_knows_the_contrary() -> None:
    told = Calibration.learnt(1 - TRUE, UP).of(1 - TRUE)

    np.testing.assert_allclose(told, UP.mean(), atol=1e-6)


@pytest.mark.parametrize(
    ("told", "up"),
    [
        (TRUE[: LEAST_CALIBRATED - 1], UP[: LEAST_CALIBRATED - 1]),
        (TRUE, np.ones(len(TRUE), dtype=bool)),
        (TRUE, np.zeros(len(TRUE), dtype=bool)),
    ],
)
def test_with_too_little_to_learn_from_probabilities_stay_as_they_are(told: Vector, up: Flags) -> None:
    assert Calibration.learnt(told, up) == AS_IT_IS


def test_certainty_stays_within_0_and_1() -> None:
    told = np.array([0.0, 1.0] * 200)

    found = Calibration.learnt(told, np.arange(400) % 3 == 0).of(told)

    assert np.isfinite(found).all()


def test_reliability_sets_what_was_told_beside_what_came() -> None:
    bins = reliability(TRUE, UP)

    assert [part.n for part in bins] == [2000] * 10
    assert [part.told for part in bins] == sorted(part.told for part in bins)
    assert all(abs(part.told - part.came) < 0.04 for part in bins)
    assert reliability(TRUE[:3], UP[:3])[0].n == 1
    assert reliability(TRUE[:0], UP[:0]) == ()


def bold(x: Matrix, up: Flags) -> object:
    return lambda asked: squashed(asked[:, 0], 4.0)


def a_market_of_bold_forecasts() -> Samples:
    known = np.repeat(np.arange(1000), 20)
    return Samples(TRUE[:, None], UP, known, known + 1)


def test_a_bold_model_is_told_as_what_it_was_worth_before() -> None:
    worth = walk_forward(a_market_of_bold_forecasts(), 1, bold)  # type: ignore[arg-type]

    assert worth.calibration.slope == pytest.approx(0.25, abs=0.03)
    assert all(abs(part.told - part.came) < 0.05 for part in worth.reliability[2:-2])
    assert worth.brier is not None
    assert worth.brier_of_rate is not None
    assert worth.brier < worth.brier_of_rate


@pytest.mark.parametrize("horizon", [1, 30])
def test_no_forecast_is_calibrated_with_an_outcome_not_known_a_horizon_before_it(horizon: int) -> None:
    """Outcomes that come too late for the last block are turned round: what it tells stays."""
    known = np.repeat(np.arange(1000), 20)
    whole = Samples(TRUE[:, None], UP, known, known + horizon)
    too_late = whole.resolved + horizon >= 1000 * 6 // 7
    turned = Samples(whole.x, whole.up ^ too_late, known, whole.resolved)

    told = [part.told for part in walk_forward(whole, horizon, bold).reliability]  # type: ignore[arg-type]
    assert [part.told for part in walk_forward(turned, horizon, bold).reliability] == told  # type: ignore[arg-type]
