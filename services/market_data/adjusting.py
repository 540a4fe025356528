"""Prices of before a split in the dollars of after it, by what each bar says of the close before it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from services.market_data.asking import dollars
from services.market_data.closing import Day
from services.market_data.doubting import SPLITS, agree
from services.market_data.hours import sessions_back

ONE = Decimal(1)
_RATIOS = [Decimal(str(size)) for size in SPLITS]


def split_factors(
    days: Sequence[date], closes: Sequence[Decimal], previous: Sequence[Decimal | None]
) -> list[Decimal]:
    """What the prices of each day, oldest first, are to be multiplied by to stand in the last day's dollars.

    A bar that is kept stays as it was told. After a split, the next session's bar tells the close before it
    in the new dollars: where that is a split's part, or multiple, of the close that was kept, it was one.
    """
    found = [ONE] * len(days)
    for n in range(len(days) - 1, 0, -1):
        found[n - 1] = found[n]
        told = previous[n]
        if told is not None and told != closes[n - 1] and _follow(days[n - 1], days[n]):
            found[n - 1] *= _split(closes[n - 1], told)
    return found


def split_adjusted(bars: Sequence[Day]) -> list[Day]:
    """The bars, oldest first, in the last one's dollars and shares."""
    days, closes = [bar.day for bar in bars], [bar.close for bar in bars]
    factors = split_factors(days, closes, [bar.previous_close for bar in bars])
    return [
        bar if factor == ONE else _adjusted(bar, factor) for bar, factor in zip(bars, factors, strict=True)
    ]


def _adjusted(bar: Day, factor: Decimal) -> Day:
    opened, high, close = (dollars(price * factor) for price in (bar.open, bar.high, bar.close))
    return Day(bar.day, opened, high, close, round(bar.volume / factor))


def _split(kept: Decimal, told: Decimal) -> Decimal:
    """New dollars for one old one; 1 where the two differ otherwise."""
    for ratio in _RATIOS:
        if agree(told * ratio, kept):
            return ONE / ratio
        if agree(told, kept * ratio):
            return ratio
    return ONE


def _follow(day: date, next_day: date) -> bool:
    return [session.day for session in sessions_back(next_day, 2)] == [day, next_day]
