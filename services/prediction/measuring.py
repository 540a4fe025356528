"""A close in the dollars of an earlier one: a split in between is no move."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from services.prediction.observed import Bar
from services.prediction.sessions import session_after

_SAME_DOLLARS = Decimal("0.01")
"""Share by which a close may differ from what the next bar says of it: a corrected cent is no split."""
_A_MOVE = Decimal("1.25")
"""Step over a missing bar up to which it is a move and no split."""
_SPLITS = (*range(2, 11), 15, 20, 25, 30, 40, 50, 100)
_GAP = Decimal("0.03")
"""Share by which an opening may miss the ratio of a split and still look like one."""
_SIX_PLACES = Decimal("0.000001")


def comparable_close(reference: Decimal, since: date, day: date, bars: Sequence[Bar]) -> Decimal | None:
    """*day*'s close in the dollars of *reference*, the close of *since*; None where it cannot be known yet.

    Each bar says the close before it in its own dollars. Where that differs from the close we had, the
    dollars have changed by that much. Not known: no bar of *day*; a large step over a missing bar, which may
    be a move or a split; an opening that looks like a split of which the previous close does not know.
    """
    factor, before, last = Decimal(1), reference, since
    for bar in sorted((bar for bar in bars if since < bar.day <= day), key=lambda bar: bar.day):
        changed = _change_of_dollars(before, bar, missed=session_after(last, 1) != bar.day)
        if changed is None:
            return None
        factor, before, last = factor * changed, bar.close, bar.day
    if last != day:
        return None
    return before if factor == 1 else (before * factor).quantize(_SIX_PLACES)


def _change_of_dollars(before: Decimal, bar: Bar, *, missed: bool) -> Decimal | None:
    """Old dollars for one of the bar's; 1 where they are the same, None where that is not known."""
    previous = bar.previous_close or before
    if looks_split(bar.open / previous):
        return None
    ratio = before / previous
    if abs(ratio - 1) <= _SAME_DOLLARS:
        return Decimal(1)
    if missed:
        return Decimal(1) if max(ratio, 1 / ratio) <= _A_MOVE else None
    return ratio


def looks_split(gap: Decimal) -> bool:
    """Whether *gap*, an opening ÷ the close before, is within 3 % of 2, 3, 4 … or of one part of them."""
    larger = max(gap, 1 / gap)
    return any(abs(larger / times - 1) <= _GAP for times in _SPLITS)
