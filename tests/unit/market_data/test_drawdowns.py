from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from services.market_data.closing import Day
from services.market_data.drawdowns import bars_since, falls, order, reasons
from services.market_data.histories import Histories, PeakOf, histories
from services.market_data.hours import sessions_back

LAST = date(2021, 2, 4)
DAYS = [session.day for session in sessions_back(LAST, 40)]


def prices(*closes: float | None, volume: int | Sequence[int] = 1000) -> list[Day]:
    """The last closes of a ticker, oldest first, and 100 before them; highs are 1 above, opens are closes."""
    whole = [100.0] * (len(DAYS) - len(closes)) + list(closes)
    volumes = [volume] * len(DAYS) if isinstance(volume, int) else [1000] * (40 - len(volume)) + list(volume)
    return [
        Day(day, Decimal(str(close)), Decimal(str(close)) + 1, Decimal(str(close)), shares)
        for day, close, shares in zip(DAYS, whole, volumes, strict=True)
        if close is not None
    ]


def block(*bars: Sequence[Day]) -> Histories:
    return histories(bars, DAYS)


def fall(bars: Sequence[Day], peak_of: PeakOf = "close") -> tuple[float, date]:
    found = falls(block(bars), peak_of)
    return round(float(found.pct[0]), 9), DAYS[found.peak[0]]


def test_a_fall_by_hand() -> None:
    assert fall(prices(125, 110, 100)) == (-20.0, DAYS[-3])
    assert fall(prices(125, 110, 100), "high") == (round((100 - 126) / 126 * 100, 9), DAYS[-3])


def test_a_ticker_at_its_peak_has_not_fallen() -> None:
    assert fall(prices(110, 130)) == (0.0, LAST)


def test_of_equal_peaks_the_first_counts() -> None:
    assert fall(prices(130, 110, 130, 117)) == (-10.0, DAYS[-4])


def test_sessions_without_a_bar_are_no_price() -> None:
    bars = prices(None, 120, None, 90)
    assert fall(bars) == (-25.0, DAYS[-3])
    assert bars_since(block(bars), falls(block(bars), "close").peak).tolist() == [1]


def test_days_outside_the_window_do_not_count() -> None:
    long_ago = Day(date(2020, 1, 2), Decimal(900), Decimal(900), Decimal(900), 1)
    assert fall([long_ago, *prices(125, 100)]) == (-20.0, DAYS[-2])


def test_the_furthest_fallen_comes_first_and_equal_falls_go_by_ticker() -> None:
    pct = np.array([-5.0, -20.0, -5.0, 0.0, -20.0000000001])
    assert order(pct, ["D", "C", "B", "A", "E"], places=9) == [1, 4, 2, 0, 3]
    assert order(np.array([-5.001, -5.0, -5.004]), ["C", "B", "A"], places=2) == [2, 1, 0]
    assert order(np.array([-5.001, -5.0, -5.004]), ["C", "B", "A"], places=9) == [2, 0, 1]


THIN = {"no bar today": (prices(110, None), "no_bar"), "no bar at all": ([], "no_bar")}
SHORT = {"29 bars": (prices()[11:], "too_few_bars"), "30 bars": (prices()[10:], None)}
SPLITS: Mapping[str, tuple[list[Day], str | None]] = {
    "4 for 1, nobody adjusted": (prices(25.1, 25.3, volume=[4100, 4000]), "suspect_split"),
    "3 for 2": (prices(100, 66, 67, volume=[1000, 1500, 1500]), "suspect_split"),
    "1 for 10, on the last day": (prices(100, 1010, volume=[1000, 110]), "suspect_split"),
    "a crash that was traded": (prices(25, 26, volume=[90_000, 50_000]), None),
    "a rise that was traded": (prices(100, 400, volume=[1000, 90_000]), None),
    "a bad day": (prices(100, 75, 74), None),
}
OUTLIERS: Mapping[str, tuple[list[Day], str | None]] = {
    "a tick ten times too high": (prices(100, 1000, 101), "outlier"),
    "a close a tenth of what it was": (prices(100, 9, 101), "outlier"),
    "a jump to nowhere": (prices(100, 340, 341), "outlier"),
    "two days out": (prices(100, 260, 260, 100, volume=[1000, 90_000, 90_000, 90_000]), None),
}


@pytest.mark.parametrize("name", [*THIN, *SHORT, *SPLITS, *OUTLIERS])
def test_what_cannot_be_ranked_is_set_aside_with_its_reason(name: str) -> None:
    bars, why = {**THIN, **SHORT, **SPLITS, **OUTLIERS}[name]
    assert reasons(block(prices(), bars), "close") == [None, why]


def test_a_high_three_times_its_own_day_is_an_outlier_where_highs_make_the_peak() -> None:
    bars = prices()
    bars[20] = bars[20]._replace(high=Decimal(301))
    assert reasons(block(bars), "high") == ["outlier"]
    assert reasons(block(bars), "close") == [None]


def test_a_split_over_a_missing_day_is_seen() -> None:
    assert reasons(block(prices(None, 25, volume=[0, 4000])), "close") == ["suspect_split"]
