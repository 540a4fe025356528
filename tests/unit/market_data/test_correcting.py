from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.events.market_data import PriceUpdatedV1, QuoteCorrectedV1
from services.market_data.correcting import by_the_bar, by_the_next_look
from services.market_data.doubting import looks_split
from tests.builders import NOON, a_bar, a_quote

EVENING = datetime(2021, 1, 27, 23, 0, tzinfo=UTC)

CALM = a_bar(
    open="150", high="152.00", low="145.10", close="151.20", adjusted_close="151.20", change_pct="2.18"
)


def corrected(quote: PriceUpdatedV1, **bar: Any) -> QuoteCorrectedV1 | None:
    return by_the_bar(quote, CALM.model_copy(update=bar), EVENING)


def test_a_price_that_was_never_traded_becomes_the_nearest_that_was() -> None:
    found = corrected(a_quote())
    assert found
    assert (found.was, found.corrected, found.previous_close) == (
        Decimal("347.51"),
        Decimal("152.00"),
        Decimal("147.98"),
    )
    assert (found.was_change_pct, found.change_pct) == (Decimal("134.84"), Decimal("2.72"))
    assert found.why == "traded from 145.10 to 152.00, never at 347.51; the nearer bound is told"
    assert (found.as_of, found.corrected_at, found.provider) == (NOON, EVENING, "recorded")


def test_a_price_far_too_low_becomes_the_low() -> None:
    found = corrected(a_quote(price="14.51", change_pct="-90.19"))
    assert found
    assert (found.corrected, found.change_pct) == (Decimal("145.10"), Decimal("-1.95"))


@pytest.mark.parametrize("price", ["152.00", "153.52", "145.10", "143.65", "150"])
def test_within_one_per_cent_of_the_bar_a_price_may_have_been_traded(price: str) -> None:
    assert corrected(a_quote(price=price)) is None


@pytest.mark.parametrize("price", ["153.53", "143.64"])
def test_beyond_one_per_cent_it_may_not(price: str) -> None:
    assert corrected(a_quote(price=price)) is not None


@pytest.mark.parametrize("session", ["pre", "post"])
def test_a_bar_says_nothing_of_prices_before_and_after_its_session(session: str) -> None:
    assert corrected(a_quote(session=session)) is None


def test_a_wrong_previous_close_is_replaced_by_the_bars() -> None:
    found = corrected(a_quote(price="151", previous_close="75.50", change_pct="100.00"))
    assert found
    assert (found.was, found.corrected) == (Decimal("151"), Decimal("151"))
    assert (found.previous_close, found.change_pct) == (Decimal("147.98"), Decimal("2.04"))
    assert found.why == "the close before was 147.98, not 75.50"


def test_a_bar_whose_own_previous_close_is_of_before_a_split_corrects_nobody() -> None:
    split = {"previous_close": Decimal("600")}
    assert corrected(a_quote(price="151", previous_close="149.90", change_pct="0.73"), **split) is None


def test_a_bar_without_a_previous_close_is_no_word_against_the_quotes() -> None:
    assert corrected(a_quote(price="151", previous_close="100"), previous_close=None) is None


def test_a_quote_on_the_basis_of_before_a_split_still_holds() -> None:
    assert corrected(a_quote(price="604", previous_close="591.92", change_pct="2.04")) is None


def test_a_quote_that_came_later_or_of_another_day_refutes_nothing() -> None:
    spike = a_quote(confirmed=False, doubt="seen once")
    calm = a_quote(price="150", as_of=NOON + timedelta(minutes=15), change_pct="1.37")
    assert by_the_next_look(spike, calm) is not None
    assert by_the_next_look(spike, calm.model_copy(update={"previous_close": Decimal("347")})) is None
    assert by_the_next_look(calm, spike) is None
    unsure = calm.model_copy(update={"confirmed": False})
    assert by_the_next_look(spike, unsure) is None


@pytest.mark.parametrize(
    ("before", "after", "like"),
    [
        ("600", "150", True),
        ("150", "600", True),
        ("100", "66", True),
        ("100", "80", False),
        ("4", "1.5", False),
    ],
)
def test_a_step_of_a_splits_size_looks_like_one(before: str, after: str, like: bool) -> None:
    assert looks_split(Decimal(before), Decimal(after)) is like
