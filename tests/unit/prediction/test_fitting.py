"""The numpy fit is scikit-learn's, and has an answer where there is no fit."""

import numpy as np
import pytest

from services.prediction.features import Matrix
from services.prediction.fitting import FURTHEST, Linear, newton
from services.prediction.sampling import Flags
from services.prediction.training import solve


def a_problem(seed: int, n: int, k: int, signal: float) -> tuple[Matrix, Flags]:
    noise = np.random.default_rng(seed)
    x = noise.standard_normal((n, k))
    return x, noise.random(n) < 1 / (1 + np.exp(-signal * x.sum(axis=1)))


@pytest.mark.parametrize(
    ("n", "k", "signal"), [(30, 7, 0.0), (30, 7, 50.0), (120, 7, 0.3), (2000, 10, 1.0), (60, 10, 5.0)]
)
def test_newton_finds_what_scikit_learn_finds(n: int, k: int, signal: float) -> None:
    z, up = a_problem(7, n, k, signal)

    ours, ours_intercept = newton(z, up)
    theirs, theirs_intercept = solve(z, up)

    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert ours_intercept == pytest.approx(theirs_intercept, abs=1e-6)


def test_newton_finds_it_for_columns_that_are_alike_or_constant() -> None:
    z, up = a_problem(8, 80, 2, 1.0)
    z = np.column_stack((z, z[:, 0], np.zeros(80)))

    np.testing.assert_allclose(newton(z, up)[0], solve(z, up)[0], atol=1e-6)


def test_outcomes_all_alike_give_their_rate() -> None:
    fitted = Linear.fitted(np.ones((30, 2)), np.ones(30, dtype=bool), newton)

    assert fitted.probability_up(np.ones((1, 2)))[0] == pytest.approx(31 / 32)


def test_what_is_absent_counts_as_the_mean() -> None:
    x, up = a_problem(9, 200, 2, 2.0)
    x[::3, 1] = np.nan
    fitted = Linear.fitted(x, up, newton)

    mean = np.nanmean(x[:, 1])
    assert fitted.probability_up(np.array([[0.3, np.nan]])) == pytest.approx(
        fitted.probability_up(np.array([[0.3, mean]])), abs=1e-9
    )


def test_an_unheard_of_value_counts_for_no_more_than_the_furthest() -> None:
    x, up = a_problem(10, 200, 1, 2.0)
    fitted = Linear.fitted(x, up, newton)

    furthest = fitted.means + FURTHEST * fitted.scales
    np.testing.assert_allclose(
        fitted.probability_up(np.array([[40.0]])), fitted.probability_up(furthest[None])
    )
