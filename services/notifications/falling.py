"""How far a ticker has fallen from its peak: as the ranking says, or from the bars that were heard."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from contracts.events.market_data import DailyBarClosedV1, DrawdownsRankedV1
from services.notifications.rules import Fallen

LEAST_BARS = 30
"""Fewer tell of no peak."""
_PLACES = Decimal("0.01")
_RATIOS = (Decimal("1.5"), *(Decimal(n) for n in (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)))
_NEAR = Decimal("0.01")


def ranked_falls(ranking: DrawdownsRankedV1) -> dict[str, Fallen]:
    """The falls a ranking names itself, by ticker."""
    return {
        one.ticker: Fallen(
            ticker=one.ticker,
            date=ranking.date,
            close=one.close,
            peak=one.peak,
            peak_date=one.peak_date,
            drawdown_pct=one.drawdown_pct,
            sessions=ranking.sessions,
            peak_of=ranking.peak_of,
        )
        for one in ranking.top
    }


def fall(
    bars: Sequence[DailyBarClosedV1], *, day: date, sessions: int, peak_of: str = "close"
) -> Fallen | None:
    """The fall as of *day*, the last of *bars*, from the peak of its last *sessions*; oldest bar first.

    None with fewer than LEAST_BARS of them, or none of that day. Where a bar's own previous close is the bar
    before it by the ratio of a split, what is older counts in the dollars of the last.
    """
    window = bars[-sessions:]
    if len(window) < LEAST_BARS or window[-1].date != day:
        return None
    worth, in_todays = Decimal(1), []
    for bar, after in zip(reversed(window), [None, *reversed(window[1:])], strict=True):
        if after is not None and after.previous_close:
            worth *= _split(after.previous_close / bar.close)
        price = bar.high if peak_of == "high" else bar.close
        in_todays.append((price * worth, bar.date))
    # Of equal peaks the first, as the ranking has it.
    peak, peak_date = max(reversed(in_todays), key=lambda one: one[0])
    last = window[-1]
    pct = ((last.close - peak) / peak * 100).quantize(_PLACES, ROUND_HALF_UP)
    shown = peak.quantize(Decimal("0.0001"), ROUND_HALF_UP).normalize()
    return Fallen(last.ticker, day, last.close, shown, peak_date, min(pct, Decimal()), sessions, peak_of)


def _split(ratio: Decimal) -> Decimal:
    """*ratio* where it is a split's; else 1: a bar that is missing in between moves it as well."""
    larger = max(ratio, 1 / ratio)
    return ratio if any(abs(larger / known - 1) < _NEAR for known in _RATIOS) else Decimal(1)
