"""Which model is in force when, and which new one is not let in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.prediction.releasing import Release, in_force, is_worse, released, went_back
from services.prediction.validating import Validation
from tests.unit.prediction.models import EDGE, NO_EDGE, a_model

SATURDAY = datetime(2021, 1, 23, 11, 0, tzinfo=UTC)
WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)
OLD = Release(SATURDAY - WEEK, "old")
NEW = Release(SATURDAY, "new")


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        (OLD.due - MINUTE, None),
        (OLD.due, OLD),
        (NEW.due - MINUTE, OLD),
        (NEW.due, NEW),
        (NEW.due + 52 * WEEK, NEW),
    ],
)
def test_a_moment_has_the_model_of_its_time_never_one_of_its_future(
    moment: datetime, found: Release | None
) -> None:
    assert in_force([OLD, NEW], moment) == found


def test_a_late_release_takes_its_place_by_time() -> None:
    assert released([NEW], OLD) == released([OLD], NEW) == [OLD, NEW]


def test_a_moment_has_one_release() -> None:
    again = Release(NEW.due, "again")

    assert released([OLD, NEW], again) == [OLD, again]
    assert released([OLD, NEW], NEW) == [OLD, NEW]


CLEARLY_WORSE = replace(NO_EDGE, accuracy=0.5, low=0.47, high=0.53)
SLIGHTLY_WORSE = replace(EDGE, accuracy=0.59, low=0.56, high=0.62)
HARDER_TIMES = replace(CLEARLY_WORSE, majority=0.45, always_up=0.44)


@pytest.mark.parametrize(
    ("candidate", "current", "worse"),
    [
        (EDGE, EDGE, False),
        (EDGE, NO_EDGE, False),
        (SLIGHTLY_WORSE, EDGE, False),
        (CLEARLY_WORSE, EDGE, True),
        (HARDER_TIMES, EDGE, False),
        (Validation(majority=0.5, always_up=0.5, n=10), EDGE, True),
        (Validation(majority=0.5, always_up=0.5, n=10), Validation(majority=0.5, always_up=0.5, n=10), False),
    ],
)
def test_only_what_is_clearly_worse_against_its_baseline_is_refused(
    candidate: Validation, current: Validation, worse: bool
) -> None:
    assert is_worse(a_model(h1=candidate), a_model(h1=current)) is worse


def test_a_model_that_lost_a_validated_horizon_is_worse() -> None:
    assert is_worse(a_model(h1=EDGE), a_model(h1=EDGE, h10=EDGE))
    assert not is_worse(a_model(h1=EDGE, h10=EDGE), a_model(h1=EDGE))


def test_going_back_puts_the_model_before_in_force_and_forgets_nothing() -> None:
    back = went_back([OLD, NEW], NEW.due + MINUTE)

    assert back == [OLD, NEW, Release(NEW.due + MINUTE, "old")]
    assert in_force(back, NEW.due) == NEW


def test_going_back_again_leads_to_the_one_before_that_and_then_no_further() -> None:
    oldest = Release(OLD.due - WEEK, "oldest")
    once = went_back([oldest, OLD, NEW], NEW.due + MINUTE)
    assert once is not None
    twice = went_back(once, NEW.due + 2 * MINUTE)
    assert twice is not None

    assert [release.key for release in twice] == ["oldest", "old", "new", "old", "oldest"]
    assert went_back(twice, NEW.due + 3 * MINUTE) is None


@pytest.mark.parametrize("releases", [[], [OLD]])
def test_before_the_second_model_there_is_nothing_to_go_back_to(releases: list[Release]) -> None:
    assert went_back(releases, NEW.due) is None
