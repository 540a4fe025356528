"""Lines that are passed, and lines that are missed by a little."""

from decimal import Decimal

import pytest

from contracts.events.app import AlertRule
from services.notifications.rules import Trigger, Verdict, judge
from tests.builders import a_bar, a_forecast, a_quote, a_shift
from tests.unit.notifications.fakes import a_rule


def held_against(rule: AlertRule, event: Trigger) -> Verdict:
    verdict = judge(rule, event)
    assert verdict is not None
    return verdict


@pytest.mark.parametrize(
    ("change", "fires", "direction"),
    [("10.00", True, "up"), ("-10.00", True, "down"), ("9.90", False, "up"), ("-9.99", False, "down")],
)
def test_a_price_moves_when_it_reaches_the_line_either_way(change: str, fires: bool, direction: str) -> None:
    verdict = held_against(a_rule("price_move", "10"), a_quote(change_pct=change))
    assert (verdict.fires, verdict.direction) == (fires, direction)


def test_a_move_of_a_tenth_too_little_says_that_a_tenth_was_missing() -> None:
    verdict = held_against(a_rule("price_move", "10"), a_quote(change_pct="9.90"))
    assert verdict.short_by == Decimal("0.1")
    assert verdict.reason == "moved +9.90 %, the line was ±10 %"
    assert verdict.figures["change_pct"] == "9.90"


def test_an_unconfirmed_move_fires_and_says_so() -> None:
    verdict = held_against(a_rule("price_move", "10"), a_quote(confirmed=False, doubt="a jump"))
    assert verdict.fires
    assert "unconfirmed" in verdict.reason


@pytest.mark.parametrize(
    ("before", "price", "fires", "direction"),
    [
        ("99.99", "100.00", True, "up"),
        ("99.99", "100.01", True, "up"),
        ("100.01", "100.00", True, "down"),
        ("100.01", "99.99", True, "down"),
        ("100.00", "100.00", False, ""),
        ("100.00", "101.00", False, ""),
        ("98.00", "99.90", False, ""),
    ],
)
def test_a_level_is_crossed_when_it_lies_between_the_last_close_and_the_price(
    before: str, price: str, fires: bool, direction: str
) -> None:
    quote = a_quote(previous_close=before, price=price)
    verdict = held_against(a_rule("price_level", "100"), quote)
    assert (verdict.fires, verdict.direction) == (fires, direction)


def test_a_level_missed_by_ten_cents_says_so() -> None:
    quote = a_quote(previous_close="98.00", price="99.90")
    assert held_against(a_rule("price_level", "100"), quote).short_by == Decimal("0.1")


@pytest.mark.parametrize(
    ("mean", "previous", "fires"),
    [("0.400", "0.100", True), ("-0.400", "-0.100", True), ("0.399", "0.100", False)],
)
def test_mood_shifts_when_the_mean_changes_by_the_line(mean: str, previous: str, fires: bool) -> None:
    shift = a_shift(mean=mean, previous=previous)
    assert held_against(a_rule("sentiment_shift", "0.3"), shift).fires is fires


def test_no_mood_before_is_no_change_of_mood() -> None:
    verdict = held_against(a_rule("sentiment_shift", "0.1"), a_shift(previous=None))
    assert not verdict.fires
    assert verdict.short_by is None
    assert "nobody spoke before" in verdict.reason


@pytest.mark.parametrize(
    ("rule", "because"), [("sentiment_shift", "mentions"), ("mention_surge", "sentiment")]
)
def test_a_shift_for_another_reason_passes_no_line(rule: str, because: str) -> None:
    assert not held_against(a_rule(rule, "0.001"), a_shift(because=[because])).fires


@pytest.mark.parametrize(
    ("mentions", "usual", "fires"),
    [(30, "10", True), (29, "10", False), (3, "0", True), (2, "0.5", False)],
)
def test_talk_surges_at_so_many_times_the_usual_where_less_than_one_post_counts_as_one(
    mentions: int, usual: str, fires: bool
) -> None:
    shift = a_shift(mentions=mentions, usual_mentions=usual)
    assert held_against(a_rule("mention_surge", "3"), shift).fires is fires


def test_a_surge_just_under_the_line_never_reads_as_having_reached_it() -> None:
    verdict = held_against(a_rule("mention_surge", "3"), a_shift(mentions=2999, usual_mentions="1000"))
    assert "2.99 ×" in verdict.reason
    assert verdict.short_by == Decimal("0.001")


def test_a_forecast_without_an_edge_is_no_message() -> None:
    verdict = held_against(a_rule("direction"), a_forecast(edge=False, direction="up"))
    assert not verdict.fires
    assert "no edge" in verdict.reason
    assert held_against(a_rule("direction"), a_forecast(edge=True, direction="down")).fires


def test_a_rule_without_its_threshold_is_missed_openly() -> None:
    verdict = held_against(a_rule("price_move"), a_quote())
    assert not verdict.fires
    assert verdict.reason == "the rule names no threshold"


@pytest.mark.parametrize("kind", ["sentiment_shift", "daily_summary", "drawdown"])
def test_a_rule_about_something_else_has_nothing_to_say(kind: str) -> None:
    assert judge(a_rule(kind, "1"), a_quote()) is None
    assert judge(a_rule("price_move", "1"), a_bar()) is None  # type: ignore[arg-type]
