"""A close in the dollars of an earlier one."""

from datetime import date
from decimal import Decimal

import pytest

from services.prediction.measuring import comparable_close, looks_split
from services.prediction.observed import Bar

WEDNESDAY, THURSDAY, FRIDAY = date(2021, 1, 27), date(2021, 1, 28), date(2021, 1, 29)


def a_bar(day: date, close: str, previous: str | None, opened: str | None = None) -> Bar:
    before = None if previous is None else Decimal(previous)
    return Bar(day, Decimal(opened or previous or close), Decimal(close), before, 1000)


def close_on(day: date, *bars: Bar, reference: str = "400") -> Decimal | None:
    return comparable_close(Decimal(reference), WEDNESDAY, day, bars)


def test_without_a_split_the_close_is_as_the_bar_has_it() -> None:
    found = close_on(FRIDAY, a_bar(THURSDAY, "404.10", "400"), a_bar(FRIDAY, "399.99", "404.10"))
    assert str(found) == "399.99"


def test_a_split_on_the_way_is_no_move() -> None:
    split = [a_bar(THURSDAY, "101", "100"), a_bar(FRIDAY, "102", "101")]
    assert close_on(FRIDAY, *split) == Decimal("408")


def test_two_splits_multiply() -> None:
    assert close_on(FRIDAY, a_bar(THURSDAY, "101", "100"), a_bar(FRIDAY, "1010", "1010")) == Decimal("404")


def test_the_order_of_bars_does_not_matter_nor_do_those_outside() -> None:
    bars = [a_bar(THURSDAY, "101", "100"), a_bar(FRIDAY, "102", "101"), a_bar(WEDNESDAY, "400", "390")]
    later = a_bar(date(2021, 2, 1), "1", "102")
    assert close_on(FRIDAY, later, *reversed(bars)) == close_on(FRIDAY, *bars)


def test_a_corrected_cent_is_no_split() -> None:
    assert close_on(THURSDAY, a_bar(THURSDAY, "401", "400.02")) == Decimal("401")


def test_without_the_days_bar_nothing_is_known() -> None:
    assert close_on(FRIDAY) is None
    assert close_on(FRIDAY, a_bar(THURSDAY, "404", "400")) is None


def test_a_missing_bar_on_the_way_matters_only_where_the_step_is_large() -> None:
    assert close_on(FRIDAY, a_bar(FRIDAY, "409", "404")) == Decimal("409")
    assert close_on(FRIDAY, a_bar(FRIDAY, "409", None, opened="405")) == Decimal("409")
    assert close_on(FRIDAY, a_bar(FRIDAY, "102", "101")) is None


def test_an_opening_at_a_quarter_of_the_close_before_is_not_taken_for_a_fall() -> None:
    assert close_on(THURSDAY, a_bar(THURSDAY, "102", "400", opened="101")) is None
    assert close_on(THURSDAY, a_bar(THURSDAY, "102", None, opened="101")) is None
    assert close_on(THURSDAY, a_bar(THURSDAY, "193.60", "347.51", opened="265.00"), reference="347.51")


@pytest.mark.parametrize(
    ("gap", "is_one"), [("0.25", True), ("10.1", True), ("0.51", True), ("2.398", False), ("0.6", False)]
)
def test_a_gap_near_a_ratio_of_splits_looks_like_one(gap: str, is_one: bool) -> None:
    assert looks_split(Decimal(gap)) is is_one
