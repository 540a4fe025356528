from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.market_data.asking import bar_fault, dollars, quote_fault
from tests.builders import NOON
from tests.unit.market_data.doubles import a_day, a_price


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
