"""How far a quote may be trusted, and when a jump looks like a split nobody adjusted for."""

from collections.abc import Callable
from decimal import Decimal

from contracts.events.market_data import PriceUpdatedV1
from services.market_data.asking import Bar, Quote, Unavailable

LARGE_MOVE = Decimal(10)
"""Per cent from the previous close; from here on a single look is not believed."""

AGREEMENT = Decimal("0.01")
"""Two prices of the same moment agree when they differ by no more than this share."""

SAME_MOVE = Decimal("0.25")
"""A later price stands by an earlier one when it strayed by no more than this share of the move. Under a
half, so that a price that fell back to where it came from never confirms the spike."""

SPLITS = (1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)
"""Shares one share becomes, or that become one. Smaller ones look like any bad day."""

QUIET_TIMES = 3
"""Dollars traded up to this many times the day before's: nothing happened that day."""

SPLIT_LIKENESS = 0.1
"""A day moves too: what stands within this share of a split's factor looks like that split."""


def doubt_about(
    quote: Quote, earlier: PriceUpdatedV1 | None, second: Callable[[], Quote | Unavailable]
) -> str | None:
    """Why a quote is not confirmed, none when it is.

    A small move needs no second look. A large one is confirmed by the quote before it, when both stand far
    from the same previous close, or by a second provider, asked only then.
    """
    change = change_pct(quote.price, quote.previous_close)
    if abs(change) < LARGE_MOVE or (earlier is not None and _stands_by(quote, earlier)):
        return None
    other = second()
    if isinstance(other, Unavailable):
        return f"{change:+} % against the previous close, seen once"
    if agree(other.price, quote.price):
        return None
    return f"{change:+} % against the previous close, but {other.provider} says {other.price}"


def _stands_by(quote: Quote, earlier: PriceUpdatedV1) -> bool:
    if earlier.previous_close != quote.previous_close:
        return False  # of another day: it says nothing about this move
    move = abs(earlier.price - earlier.previous_close)
    strayed = abs(quote.price - earlier.price)
    return strayed <= max(SAME_MOVE * move, AGREEMENT * earlier.price)


def agree(one: Decimal, other: Decimal) -> bool:
    """Whether *one* differs from *other* by no more than a hundredth of *other*."""
    return abs(one - other) <= AGREEMENT * other


def looks_split(before: Decimal, after: Decimal) -> bool:
    """Whether the step from one price to the next is about what a split, or a reverse split, makes of it."""
    step = max(before, after) / min(before, after)
    return any(abs(float(step) / factor - 1) <= SPLIT_LIKENESS for factor in SPLITS)


def looks_unadjusted(before: Bar, bar: Bar) -> bool:
    """Whether a bar is on another basis than the one before it: a split nobody adjusted for.

    Open and close are both off by about the same split's factor, and no more money than usual changed hands:
    a company that really halves overnight is traded many times over.
    """
    steps = [max(price, before.close) / min(price, before.close) for price in (bar.open, bar.close)]
    alike = any(all(abs(float(step) / f - 1) <= SPLIT_LIKENESS for step in steps) for f in SPLITS)
    traded, usual = bar.close * bar.volume, before.close * before.volume
    return alike and (bar.open > before.close) == (bar.close > before.close) and traded <= QUIET_TIMES * usual


def change_pct(price: Decimal, previous_close: Decimal) -> Decimal:
    """(price − previous close) ÷ previous close × 100, two places."""
    return ((price - previous_close) / previous_close * 100).quantize(Decimal("0.01"))
