"""A rule tried over what was heard."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.events.app import AlertRule
from contracts.events.market_data import DailyBarClosedV1
from services.notifications.rules import judge
from services.notifications.trying import AHEAD, after, falls, quotes_or_closes, try_rule
from tests.builders import NOON, a_bar, a_forecast, a_quote, a_shift
from tests.unit.notifications.fakes import a_rule

FIRST = date(2021, 1, 4)


def bars(changes: list[str]) -> list[DailyBarClosedV1]:
    """A bar a day that changed so much, per cent, against the 100 before it."""
    return [
        a_bar(
            date=FIRST + timedelta(days=n),
            close=str(100 + float(change)),
            high="500",
            low="1",
            previous_close="100",
            change_pct=change,
        )
        for n, change in enumerate(changes)
    ]


def at(minutes: int, change: str, **changes: Any) -> Any:
    return a_quote(as_of=NOON + timedelta(minutes=minutes), change_pct=change, **changes)


def test_a_line_is_passed_often_and_told_once_a_day() -> None:
    found = try_rule(a_rule("price_move", "10"), [at(0, "11"), at(15, "12"), at(24 * 60, "13")])
    assert (found.looked_at, found.passed, len(found.firings)) == (3, 3, 2)
    assert found.firings[0].reason == "moved +11.00 %, the line was ±10 %"


def test_cooldown_and_hysteresis_do_here_what_they_do_live() -> None:
    rule = AlertRule(kind="price_move", threshold=10, cooldown_minutes=30, hysteresis=2)
    quotes = [at(0, "11"), at(15, "9"), at(45, "12"), at(60, "7.9"), at(75, "12"), at(90, "13")]
    assert [firing.at.minute for firing in try_rule(rule, quotes).firings] == [0, 15]


def test_each_direction_is_told_by_itself() -> None:
    found = try_rule(a_rule("price_move", "10"), [at(0, "11"), at(15, "-12")])
    assert [firing.direction for firing in found.firings] == ["up", "down"]


@pytest.mark.parametrize(
    ("rule", "event"),
    [
        (a_rule("sentiment_shift", "0.3"), a_shift()),
        (a_rule("mention_surge", "3"), a_shift()),
        (a_rule("direction"), a_forecast(edge=True, direction="up")),
    ],
)
def test_every_kind_is_tried_on_what_it_hears(rule: AlertRule, event: Any) -> None:
    assert len(try_rule(rule, [event, a_quote(as_of=NOON + timedelta(days=1))]).firings) == 1


def test_a_day_without_quotes_counts_by_its_close() -> None:
    days = [a_bar(date="2021-01-26", change_pct="92.71"), a_bar(date="2021-01-27")]
    found, by_close = quotes_or_closes([at(0, "11")], days)
    assert by_close == 1
    assert [str(quote.change_pct) for quote in found] == ["92.71", "11"]


def test_falls_are_of_each_day_that_has_bars_enough_before_it() -> None:
    closes = ["100"] * 30 + ["55", "40"]
    history = [
        a_bar(date=FIRST + timedelta(days=n), close=close, previous_close=closes[n - 1] if n else None)
        for n, close in enumerate(closes)
    ]
    verdicts = [judge(a_rule("drawdown", "50"), one) for one in falls(history)]
    assert [verdict.figures["drawdown_pct"] for verdict in verdicts if verdict] == [
        "0.00",
        "-45.00",
        "-60.00",
    ]


def test_what_came_after_stands_beside_the_same_from_any_day() -> None:
    history = bars(["0", "12", "1", "-1", "-1", "15", "2", "-3"])
    firings = try_rule(a_rule("price_move", "10"), quotes_or_closes([], history)[0]).firings
    assert [firing.at.date().day for firing in firings] == [5, 9]
    day_after = after(firings, history, FIRST)[0]
    assert day_after["sessions"] == AHEAD[0] == 1
    told, base = day_after["after_firing"], day_after["base_rate"]
    assert isinstance(told, dict)
    assert isinstance(base, dict)
    assert (told["n"], told["rose"], told["median_pct"]) == (2, 1.0, 1.5)
    assert (base["n"], base["rose"], base["median_pct"]) == (7, round(4 / 7, 4), 1.0)
    # Wilson's interval of 2 in 2, as statsmodels' proportion_confint(2, 2, method="wilson") has it.
    assert (told["rose_low"], told["rose_high"]) == (0.3424, 1.0)


def test_where_nothing_came_after_nothing_is_claimed() -> None:
    history = bars(["12"])
    firings = try_rule(a_rule("price_move", "10"), quotes_or_closes([], history)[0]).firings
    assert [one["after_firing"] for one in after(firings, history, FIRST)] == [{"n": 0}] * 3
