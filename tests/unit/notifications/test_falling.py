"""Falls from bars."""

from datetime import date, timedelta
from decimal import Decimal

from contracts.events.market_data import DailyBarClosedV1
from services.notifications.falling import fall
from tests.builders import a_bar

FIRST = date(2021, 1, 1)


def bars(closes: list[str], *, previous: dict[int, str] | None = None) -> list[DailyBarClosedV1]:
    """A bar a day; *previous* states other previous closes than the bar before."""
    made = []
    for n, close in enumerate(closes):
        before = (previous or {}).get(n, closes[n - 1] if n else None)
        made.append(
            a_bar(date=FIRST + timedelta(days=n), close=close, high=close, low=close, previous_close=before)
        )
    return made


def test_a_fall_is_from_the_highest_close_of_its_sessions() -> None:
    found = fall(bars(["90", "100", *["80"] * 29]), day=FIRST + timedelta(days=30), sessions=180)
    assert found is not None
    assert (found.drawdown_pct, found.peak, found.peak_date) == (
        Decimal("-20.00"),
        Decimal("100"),
        FIRST + timedelta(days=1),
    )


def test_a_peak_before_the_window_is_forgotten() -> None:
    found = fall(bars(["100", *["80"] * 40]), day=FIRST + timedelta(days=40), sessions=40)
    assert found is not None
    assert found.drawdown_pct == 0


def test_a_split_is_no_fall() -> None:
    found = fall(
        bars([*["100"] * 30, "10"], previous={30: "10"}), day=FIRST + timedelta(days=30), sessions=180
    )
    assert found is not None
    assert (found.drawdown_pct, found.peak) == (Decimal(), Decimal("10"))


def test_without_enough_bars_or_one_of_the_day_there_is_no_fall() -> None:
    assert fall(bars(["10"] * 29), day=FIRST + timedelta(days=28), sessions=180) is None
    assert fall(bars(["10"] * 40), day=FIRST + timedelta(days=40), sessions=180) is None


def test_a_bar_that_is_missing_is_no_split() -> None:
    closes = ["100"] * 30 + ["70"]
    found = fall(bars(closes, previous={30: "80"}), day=FIRST + timedelta(days=30), sessions=180)
    assert found is not None
    assert found.drawdown_pct == -30
