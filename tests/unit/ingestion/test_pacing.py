"""A budget of requests: what comes back with time, and how long to wait."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.ingestion.pacing import Bucket, Rate, refilled, wait
from tests.builders import NOON

RATE = Rate(per_minute=Decimal(60), burst=Decimal(30))
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("tokens", "after", "left"),
    [("0", 5, "5"), ("0.5", 1, "1.5"), ("29", 5, "30"), ("-3", 2, "-1"), ("4", -9, "4")],
)
def test_tokens_come_back_with_time_up_to_the_burst(tokens: str, after: int, left: str) -> None:
    assert refilled(Bucket(Decimal(tokens), NOON), RATE, NOON + after * SECOND).tokens == Decimal(left)


def test_a_bucket_nobody_used_is_full() -> None:
    assert refilled(None, RATE, NOON) == Bucket(Decimal(30), NOON)


def test_a_clock_that_lags_behind_does_not_turn_the_bucket_s_back() -> None:
    assert refilled(Bucket(Decimal(1), NOON), RATE, NOON - SECOND).at == NOON


@pytest.mark.parametrize(("tokens", "seconds"), [("1", 0), ("7", 0), ("0.25", 0.75), ("0", 1), ("-2", 3)])
def test_one_waits_until_there_is_a_whole_token(tokens: str, seconds: float) -> None:
    assert wait(Bucket(Decimal(tokens), NOON), RATE) == seconds * SECOND


def test_shards_share_a_rate() -> None:
    assert RATE.shared(2) == Rate(Decimal(30), Decimal(15))


@given(some.lists(some.floats(0, 20), max_size=200))
def test_no_minute_sees_more_than_burst_and_rate_together(pauses: list[float]) -> None:
    bucket, now, taken = Bucket(RATE.burst, NOON), NOON, []
    for pause in pauses:
        now += pause * SECOND
        bucket = refilled(bucket, RATE, now)
        if not wait(bucket, RATE):
            bucket = Bucket(bucket.tokens - 1, bucket.at)
            taken.append(now)
    for first in taken:
        assert sum(first <= at < first + 60 * SECOND for at in taken) <= RATE.burst + RATE.per_minute
