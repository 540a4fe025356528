from datetime import date
from decimal import Decimal

import pytest

from services.market_data.adjusting import split_adjusted, split_factors
from services.market_data.closing import Day

MONDAY, TUESDAY, WEDNESDAY = date(2021, 2, 1), date(2021, 2, 2), date(2021, 2, 3)


def factors(kept: str, told: str | None, day: date = TUESDAY) -> list[str]:
    """Of a close that was kept on Monday, and what the bar of a later day says it was."""
    before = Decimal(told) if told else None
    found = split_factors([MONDAY, day], [Decimal(kept), Decimal(20)], [None, before])
    return [f"{factor:.4f}" for factor in found]


@pytest.mark.parametrize(
    ("kept", "told", "factor"),
    [
        ("100", "25", "0.2500"),
        ("100.01", "50", "0.5000"),
        ("99", "66", "0.6667"),
        ("2", "20", "10.0000"),
        ("100", "100", "1.0000"),
        ("100", "99.5", "1.0000"),
        ("100", "80", "1.0000"),
        ("100", None, "1.0000"),
    ],
)
def test_a_close_told_again_as_a_splits_part_of_itself_was_split(
    kept: str, told: str | None, factor: str
) -> None:
    assert factors(kept, told) == [factor, "1.0000"]


def test_over_a_missing_session_nothing_is_known_of_a_split() -> None:
    assert factors("100", "25", WEDNESDAY) == ["1.0000", "1.0000"]


def test_splits_add_up_and_shares_grow_as_prices_shrink() -> None:
    def bar(day: date, close: str, before: str | None = None) -> Day:
        price = Decimal(close)
        return Day(day, price, price + 2, price, 1000, Decimal(before) if before else None)

    first, second, third = split_adjusted(
        [bar(MONDAY, "120"), bar(TUESDAY, "61", "60"), bar(WEDNESDAY, "20", "20.333333")]
    )
    assert first == Day(MONDAY, Decimal(20), Decimal("20.333333"), Decimal(20), 6000)
    assert second == Day(TUESDAY, Decimal("20.333333"), Decimal(21), Decimal("20.333333"), 3000)
    assert third == bar(WEDNESDAY, "20", "20.333333")
