from dataclasses import replace
from datetime import timedelta

import pytest

from services.market_data.asking import Reason, Unavailable
from services.market_data.pacing import FAILURES, PROBE, Pace, Standing, admitted, failed, worked
from tests.builders import NOON

PACE = Pace(60)
SECOND = timedelta(seconds=1)
LIMITED = Unavailable("rate_limited", "slow down")
UNREACHABLE = Unavailable("unreachable", "timed out")


def let_in(standing: Standing, after: timedelta = timedelta(), patience: timedelta = 10 * SECOND) -> Standing:
    found = admitted(standing, PACE, NOON + after, patience)
    assert not isinstance(found, Unavailable), found
    return found[0]


def kept_out(standing: Standing, after: timedelta, patience: timedelta = timedelta()) -> Unavailable:
    found = admitted(standing, PACE, NOON + after, patience)
    assert isinstance(found, Unavailable), found
    return found


def test_no_minute_sees_more_requests_than_granted_wherever_it_begins() -> None:
    standing, moments = Standing(), []
    for _ in range(200):
        found = admitted(standing, PACE, NOON, timedelta(hours=1))
        assert not isinstance(found, Unavailable)
        standing = found[0]
        moments.append(found[1])
    assert max(sum(m <= n < m + timedelta(minutes=1) for n in moments) for m in moments) <= 60
    assert sum(n < timedelta(minutes=1) for n in moments) >= 57


def test_time_in_which_nobody_asks_saves_up_for_nothing() -> None:
    standing = let_in(Standing())
    later = let_in(standing, timedelta(hours=1))
    assert kept_out(later, timedelta(hours=1)).reason == "not_yet"


def test_a_turn_too_far_off_is_not_taken_and_costs_the_others_nothing() -> None:
    standing = let_in(Standing())
    refused = kept_out(standing, timedelta())
    assert refused.rest == PACE.interval
    assert let_in(standing, PACE.interval, timedelta()).turn == NOON + 2 * PACE.interval


def test_what_a_provider_asks_for_is_granted_and_jitter_only_adds_to_it() -> None:
    asked = replace(LIMITED, rest=timedelta(seconds=100))
    assert failed(Standing(), asked, NOON, 0).shut_until == NOON + 100 * SECOND
    assert failed(Standing(), asked, NOON, 1).shut_until == NOON + 120 * SECOND


@pytest.mark.parametrize(("times", "minutes"), [(1, 1), (2, 2), (3, 4), (9, 30)])
def test_without_retry_after_rests_double_up_to_half_an_hour(times: int, minutes: int) -> None:
    standing = Standing()
    for _ in range(times):
        standing = failed(standing, LIMITED, NOON, 0)
    assert standing.shut_until == NOON + timedelta(minutes=minutes)


def test_a_provider_that_limits_us_is_left_alone_at_once_one_out_of_reach_after_three_tries() -> None:
    limited, lost = failed(Standing(), LIMITED, NOON, 0), Standing()
    assert kept_out(limited, SECOND).reason == "rate_limited"
    for n in range(FAILURES):
        assert lost.shut_until is None, n
        lost = failed(lost, UNREACHABLE, NOON, 0)
    assert kept_out(lost, SECOND).reason == "unreachable"


@pytest.mark.parametrize("reason", ["rate_limited", "unreachable"])
def test_after_its_rest_one_request_finds_out_while_the_others_wait(reason: Reason) -> None:
    shut = Standing(None, FAILURES, NOON, reason)
    probing = let_in(shut, SECOND)
    waiting = kept_out(probing, 2 * SECOND, timedelta(minutes=5))
    assert (waiting.reason, waiting.rest) == (reason, PROBE - SECOND)
    assert let_in(worked(probing), 3 * SECOND).shut_until is None
    assert kept_out(failed(probing, UNREACHABLE, NOON + 3 * SECOND, 0), 4 * SECOND).reason == "unreachable"


def test_a_probe_that_never_came_back_is_followed_by_another() -> None:
    probing = let_in(Standing(None, FAILURES, NOON), SECOND)
    assert let_in(probing, PROBE + 2 * SECOND).shut_until is not None
