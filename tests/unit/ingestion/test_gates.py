"""What stands before a source: the budget first, then the breaker."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from services.ingestion.gates import PATIENCE, Gate
from services.ingestion.looking import TryLater
from tests.builders import NOON

SECOND = timedelta(seconds=1)


@dataclass
class Waits:
    """A budget and a breaker that say these waits, then none; notes what was asked of the breaker."""

    budget: list[timedelta] = field(default_factory=list)
    breaker: timedelta = timedelta()
    asked: list[object] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def take(self, name: str, now: datetime) -> timedelta:
        return self.budget.pop(0) if self.budget else timedelta()

    def enter(self, name: str, now: datetime) -> timedelta:
        self.asked.append("entered")
        return self.breaker

    def failed(self, name: str, now: datetime, rest: timedelta | None = None) -> None:
        self.asked.append(rest)

    def worked(self, name: str) -> None:
        self.asked.append("worked")

    def gate(self) -> Gate:
        return Gate(self, self, lambda: NOON, self.slept.append)


def test_with_a_token_and_a_source_that_works_one_goes_straight_through() -> None:
    waits = Waits()
    waits.gate().enter("reddit")
    assert (waits.asked, waits.slept) == (["entered"], [])


def test_a_token_that_comes_back_soon_is_waited_for() -> None:
    waits = Waits([SECOND, PATIENCE])
    waits.gate().enter("reddit")
    assert waits.slept == [1, 5]


@pytest.mark.parametrize("budget", [[PATIENCE + SECOND], [SECOND, SECOND, SECOND]])
def test_a_budget_used_up_for_long_is_for_later_and_lets_nobody_find_out(budget: list[timedelta]) -> None:
    expected = budget[-1].total_seconds()
    waits = Waits(budget)
    with pytest.raises(TryLater, match="budget") as late:
        waits.gate().enter("reddit")
    assert late.value.seconds == expected
    assert waits.asked == []


def test_a_source_left_alone_is_for_later() -> None:
    waits = Waits(breaker=90 * SECOND)
    with pytest.raises(TryLater, match="left alone") as late:
        waits.gate().enter("reddit")
    assert late.value.seconds == 90


def test_how_it_went_is_told_to_the_breaker() -> None:
    waits = Waits()
    gate = waits.gate()
    gate.worked("reddit")
    gate.failed("reddit")
    gate.failed("reddit", 420)
    assert waits.asked == ["worked", None, 420 * SECOND]
