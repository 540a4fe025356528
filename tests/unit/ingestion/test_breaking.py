"""When a source is left alone, and who may find out whether it works again."""

from datetime import timedelta

import pytest

from services.ingestion.breaking import (
    FAILURES,
    FIRST_REST,
    LONGEST_REST,
    PROBE,
    Breaker,
    failed,
    probed,
    wait,
)
from tests.builders import NOON

SECOND = timedelta(seconds=1)


def after(failures: int) -> Breaker:
    breaker = Breaker()
    for _ in range(failures):
        breaker = failed(breaker, NOON, None)
    return breaker


@pytest.mark.parametrize(
    ("failures", "rest"),
    [
        (0, timedelta()),
        (FAILURES - 1, timedelta()),
        (FAILURES, FIRST_REST),
        (FAILURES + 1, 2 * FIRST_REST),
        (FAILURES + 99, LONGEST_REST),
    ],
)
def test_the_more_failures_in_a_row_the_longer_it_rests(failures: int, rest: timedelta) -> None:
    assert wait(after(failures), NOON) == rest


def test_a_source_that_says_how_long_it_wants_is_taken_at_its_word_at_once() -> None:
    assert wait(failed(Breaker(), NOON, 420 * SECOND), NOON) == 420 * SECOND


def test_it_rests_until_its_time_and_no_longer() -> None:
    breaker = after(FAILURES)
    assert wait(breaker, NOON + FIRST_REST - SECOND) == SECOND
    assert wait(breaker, NOON + FIRST_REST) == timedelta()


def test_while_one_finds_out_the_others_wait() -> None:
    rested = NOON + FIRST_REST
    probing = probed(after(FAILURES), rested)
    assert wait(probing, rested) == PROBE
    assert probing.failures == FAILURES
