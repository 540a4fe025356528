"""What a forecast is said to be worth, on markets whose worth is known."""

from collections.abc import Callable

import numpy as np
import pytest

from services.prediction.features import FEATURES, Matrix, Rows, Vector, rows
from services.prediction.fitting import Linear, newton
from services.prediction.observed import Bar
from services.prediction.sampling import Flags, Samples, samples
from services.prediction.validating import (
    LEAST_FORECASTS,
    Validation,
    independent_forecasts,
    walk_forward,
    wilson,
)
from tests.unit.prediction.markets import bars_of, random_walk, trending


def fit(x: Matrix, up: Flags) -> Callable[[Matrix], Vector]:
    return Linear.fitted(x, up, newton).probability_up


def market(kind: Callable[[int], list[Bar]], tickers: int = 8, seed: int = 100) -> dict[str, Rows]:
    return {f"T{i}": rows(kind(seed + i)) for i in range(tickers)}


def worth(histories: dict[str, Rows], horizon: int = 1) -> Validation:
    return walk_forward(samples(histories, horizon), horizon, fit)


def test_a_planted_signal_has_an_edge() -> None:
    found = worth(market(trending))

    assert found.edge
    assert found.accuracy is not None
    assert found.accuracy > 0.85 > found.baseline


@pytest.mark.parametrize("horizon", [1, 10, 21])
@pytest.mark.parametrize("seed", [1000, 2000, 3000, 4000])
def test_random_walks_have_none(seed: int, horizon: int) -> None:
    found = worth(market(random_walk, seed=seed), horizon)

    assert found.n > LEAST_FORECASTS
    assert not found.edge


def test_shuffled_outcomes_have_none() -> None:
    told = samples(market(trending), 1)
    shuffled = np.random.default_rng(5).permutation(told.up)

    found = walk_forward(Samples(told.x, shuffled, told.known, told.resolved), 1, fit)

    assert found.n > LEAST_FORECASTS
    assert not found.edge


def test_a_rising_market_is_no_skill() -> None:
    growth = np.exp(0.004 + 0.01 * np.random.default_rng(9).standard_normal(400))

    found = worth({"T": rows(bars_of(growth))})

    assert found.baseline > 0.6
    assert not found.edge


@pytest.mark.parametrize("seed", [7012, 7013, 7018, 7022, 7023])
def test_tickers_that_move_as_one_have_no_edge_by_their_number(seed: int) -> None:
    """One walk under twenty names: counted one by one, its forecasts would show an edge."""
    one = rows(random_walk(seed))

    found = worth({f"T{i}": one for i in range(20)}, 10)

    assert found.accuracy is not None
    assert wilson(found.accuracy, found.n)[0] > found.baseline
    assert not found.edge


def test_what_is_learnt_from_was_known_a_horizon_before_what_is_forecast() -> None:
    told = samples(market(random_walk, tickers=3), 10)
    position = len(FEATURES)
    marked = Samples(np.column_stack((told.x, told.known, told.resolved)), told.up, told.known, told.resolved)
    checked = []

    def watchful(x: Matrix, up: Flags) -> Callable[[Matrix], Vector]:
        def told_up(asked: Matrix) -> Vector:
            checked.append(len(asked))
            assert x[:, position + 1].max() + 10 < asked[:, position].min()
            return np.ones(len(asked))

        return told_up

    found = walk_forward(marked, 10, watchful)

    assert found.n == sum(checked) > 0


def test_each_session_is_forecast_at_most_once_and_for_all_tickers_together() -> None:
    told = samples(market(random_walk, tickers=3), 1)
    blocks: list[set[float]] = []

    def watchful(x: Matrix, up: Flags) -> Callable[[Matrix], Vector]:
        def told_up(asked: Matrix) -> Vector:
            blocks.append(set(asked[:, -1].tolist()))
            return np.ones(len(asked))

        return told_up

    marked = Samples(np.column_stack((told.x, told.known)), told.up, told.known, told.resolved)
    walk_forward(marked, 1, watchful)

    assert len(blocks) == 6
    assert sum(map(len, blocks)) == len(set().union(*blocks))


def test_too_few_forecasts_have_no_accuracy() -> None:
    short = {"T": rows(random_walk(1, sessions=130))}

    found = worth(short)

    assert 0 < found.n < LEAST_FORECASTS
    assert found.accuracy is None
    assert found.low is None
    assert not found.edge


def test_without_any_row_there_is_an_answer_all_the_same() -> None:
    assert worth({"T": rows(random_walk(1, sessions=20))}) == Validation(majority=0.5, always_up=0.5, n=0)
    assert worth({}) == Validation(majority=0.5, always_up=0.5, n=0)


def test_the_interval_is_wilsons() -> None:
    """Against the worked example of Newcombe 1998, table I: 81 of 263."""
    low, high = wilson(81 / 263, 263)

    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_forecasts_that_stand_and_fall_together_count_once() -> None:
    session = np.repeat(np.arange(200), 20)
    together = np.repeat(np.random.default_rng(1).random(200) < 0.5, 20)
    apart = np.random.default_rng(2).random(4000) < 0.5

    assert independent_forecasts(together, session, 1) == pytest.approx(200, rel=0.02)
    assert independent_forecasts(apart, session, 1) > 3000
    assert independent_forecasts(apart, session, 10) <= 400


def test_one_session_is_one_trial() -> None:
    assert independent_forecasts(np.array([True] * 50 + [False] * 30), np.zeros(80, dtype=int), 1) == 1.0


def test_an_unchanged_close_is_not_up() -> None:
    told = samples({"T": rows(bars_of([1.0] * 80))}, 1)

    assert len(told) > 0
    assert not told.up.any()


def test_the_last_sessions_have_no_outcome_yet() -> None:
    known = rows(random_walk(1, sessions=100))

    assert samples({"T": known}, 21).resolved.max() == 99
    assert samples({"T": known}, 21).known.max() == 78
