from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.market_data.asking import Panel, Unavailable, bar_fault, dollars, quote_fault
from tests.builders import NOON
from tests.unit.market_data.doubles import Fixed, a_day, a_price

LIMITED = Unavailable("rate_limited", "yahoo: slow down")
DELISTED = Unavailable("delisted", "yahoo: gone")
UNREACHABLE = Unavailable("unreachable", "yahoo: timed out")


def test_the_first_provider_with_an_answer_is_believed() -> None:
    second = Fixed({"GME": a_price(provider="yahoo")}, name="yahoo")
    panel = Panel([Fixed(), second])
    answer = panel.quote("GME", NOON)
    assert answer == a_price(provider="yahoo")


def test_the_second_provider_is_not_asked_when_the_first_knows() -> None:
    second = Fixed(name="yahoo")
    Panel([Fixed({"GME": a_price()}), second]).quote("GME", NOON)
    assert second.asked == []


@pytest.mark.parametrize("refusal", [LIMITED, UNREACHABLE])
def test_a_provider_that_cannot_answer_now_is_left_alone_for_the_rest_of_the_tick(
    refusal: Unavailable,
) -> None:
    yahoo = Fixed({"GME": refusal}, name="yahoo")
    panel = Panel([yahoo])
    assert panel.quote("GME", NOON) == panel.quote("AMC", NOON) == refusal
    assert yahoo.asked == ["GME"]


def test_a_delisted_ticker_does_not_silence_its_provider() -> None:
    yahoo = Fixed({"GME": a_price(), "CHKAQ": DELISTED}, name="yahoo")
    panel = Panel([yahoo])
    panel.quote("CHKAQ", NOON)
    assert panel.quote("GME", NOON) == a_price()


def test_a_rate_limit_is_never_told_as_no_data_or_delisted() -> None:
    delisted = Fixed({"GME": DELISTED}, name="other")
    answer = Panel([Fixed(), delisted, Fixed({"GME": LIMITED}, name="yahoo")]).quote("GME", NOON)
    assert isinstance(answer, Unavailable)
    assert answer.reason == "rate_limited"
    assert answer.detail == "recorded: unknown; yahoo: gone; yahoo: slow down"


def test_without_a_provider_there_is_no_data() -> None:
    answer = Panel([]).quote("GME", NOON)
    assert isinstance(answer, Unavailable)
    assert answer.reason == "no_data"


@pytest.mark.parametrize("price", ["NaN", "Infinity", "0", "-1", "1E+30", "200000", "0.1"])
@pytest.mark.parametrize("of", ["price", "previous_close"])
def test_a_quote_without_a_real_price_gives_way_to_the_next_provider(of: str, price: str) -> None:
    broken = Fixed({"GME": a_price(**{of: Decimal(price)})})
    sound = a_price(provider="yahoo")
    assert Panel([broken, Fixed({"GME": sound}, name="yahoo")]).quote("GME", NOON) == sound
    alone = Panel([broken]).quote("GME", NOON)
    assert isinstance(alone, Unavailable)
    assert alone.reason == "no_data"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("28.9800", "28.98"),
        ("100.0000", "100"),
        ("380.6661994", "380.666199"),
        ("NaN", "NaN"),
        ("1E+30", "1E+30"),
    ],
)
def test_a_price_is_written_to_six_places_at_most_and_without_idle_zeros(given: str, written: str) -> None:
    assert str(dollars(Decimal(given))) == written


def test_a_price_from_after_the_tick_is_not_believed() -> None:
    assert quote_fault(a_price(as_of=datetime(2021, 1, 27, 17, 15, tzinfo=UTC)), NOON) is None
    assert quote_fault(a_price(as_of=datetime(2021, 1, 27, 17, 16, tzinfo=UTC)), NOON) is not None


def test_yesterdays_close_is_still_the_last_price_but_that_of_the_day_before_is_stale() -> None:
    assert quote_fault(a_price(as_of=datetime(2021, 1, 26, 21, 0, tzinfo=UTC)), NOON) is None
    assert quote_fault(a_price(as_of=datetime(2021, 1, 25, 21, 0, tzinfo=UTC)), NOON) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"open": Decimal("NaN")},
        {"high": Decimal("Infinity")},
        {"low": Decimal("0")},
        {"close": Decimal("-1")},
        {"adjusted_close": Decimal("NaN")},
        {"high": Decimal("248")},
        {"high": Decimal("350")},
        {"low": Decimal("348")},
        {"high": Decimal("1E+30")},
        {"volume": -1},
        {"volume": 10**12},
    ],
)
def test_a_bar_that_cannot_be_true_is_refused(change: dict[str, Any]) -> None:
    assert bar_fault(a_day()) is None
    assert bar_fault(a_day(**change)) is not None


def test_no_bars_at_all_is_no_data_and_the_next_provider_is_asked() -> None:
    days = date(2021, 1, 26), date(2021, 1, 27)
    yahoo = Fixed(days={"GME": [a_day(provider="yahoo")]}, name="yahoo")
    assert Panel([Fixed(), yahoo]).bars("GME", *days) == [a_day(provider="yahoo")]
    alone = Panel([Fixed()]).bars("GME", *days)
    assert isinstance(alone, Unavailable)
    assert alone.reason == "no_data"
