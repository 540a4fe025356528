"""The figures known at a close, and that none of them knows more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from math import log, nan
from pathlib import Path
from statistics import stdev

import numpy as np
import pytest

from services.prediction.features import FEATURES, SESSIONS_NEEDED, TALK, Matrix, rows
from services.prediction.observed import Bar, Mood
from services.prediction.sessions import closes_at
from tests.unit.prediction.markets import bars_of, random_walk

Features = Callable[[list[Bar], list[Mood]], Matrix]


def value(bars: list[Bar], name: str, moods: list[Mood] | None = None, row: int = -1) -> float:
    return float(rows(bars, moods or []).x[row, FEATURES.index(name)])


def a_mood(bar: Bar, *, minutes: int = 0, mean: str = "0.5", mentions: int = 10, usual: str = "4") -> Mood:
    """A mood of the window that ended so many minutes before the bar's close."""
    return Mood(
        closes_at(bar.day) - timedelta(minutes=minutes), Decimal(mean), mentions, Decimal(usual),
        previous=Decimal("0.1"), authors=7, coverage=Decimal("0.9"),
    )  # fmt: skip


def test_returns_are_chained_over_their_sessions() -> None:
    bars = bars_of([1.0] * 60 + [1.1, 1.0, 1.0, 0.9, 1.2])

    assert value(bars, "return_1") == pytest.approx(0.2, abs=1e-6)
    assert value(bars, "return_5") == pytest.approx(1.1 * 0.9 * 1.2 - 1, abs=1e-6)
    assert value(bars, "return_21") == pytest.approx(1.1 * 0.9 * 1.2 - 1, abs=1e-6)


def test_volatility_is_the_sample_deviation_of_21_sessions() -> None:
    growth = [1 + 0.001 * (i % 7) for i in range(64)]

    assert value(bars_of(growth), "volatility_21") == pytest.approx(stdev(growth[-21:]), abs=1e-6)


def test_volume_is_told_against_the_21_sessions_before() -> None:
    quiet = [replace(bar, volume=1000) for bar in bars_of([1.0] * 64)]
    bars = [*quiet[:-1], replace(quiet[-1], volume=4000)]

    assert value(bars, "volume_ratio") == pytest.approx(log(4))


def test_the_gap_is_from_the_close_before_to_the_open() -> None:
    bars = bars_of([1.0] * 64)
    bars[-1] = replace(bars[-1], open=Decimal("103"))

    assert value(bars, "overnight_gap") == pytest.approx(0.03)


def test_the_drawdown_looks_back_63_closes_and_no_further() -> None:
    peak_in_reach = bars_of([1.0] * 10 + [2.0, 0.5] + [1.0] * 61)
    peak_out_of_reach = bars_of([1.0] * 10 + [2.0, 0.5] + [1.0] * 62)

    assert value(peak_in_reach, "drawdown_63") == pytest.approx(-0.5)
    assert value(peak_out_of_reach, "drawdown_63") == pytest.approx(0.0)


def test_figures_do_not_depend_on_the_price_level() -> None:
    bars = random_walk(1, 80)
    tenfold = [
        replace(b, open=b.open * 10, close=b.close * 10, previous_close=(b.previous_close or 0) * Decimal(10))
        for b in bars
    ]

    np.testing.assert_allclose(rows(tenfold).x, rows(bars).x, rtol=1e-12, atol=1e-12)


def test_a_split_between_two_announcements_is_no_crash() -> None:
    bars = bars_of([1.0] * 64)
    after = replace(bars[-1], open=Decimal(25), close=Decimal(25), previous_close=Decimal(25))

    assert value([*bars[:-1], after], "return_1") == pytest.approx(0.0)


def test_a_split_the_bar_does_not_know_of_is_no_crash_and_its_night_is_not_known() -> None:
    """Four for one: the previous close is still in old dollars."""
    bars = bars_of([1.0] * 70)
    split = replace(bars[-1], open=Decimal("25.25"), close=Decimal("25.50"), previous_close=Decimal(100))

    known = rows([*bars[:-1], split])
    assert value([*bars[:-1], split], "return_1") == pytest.approx(25.5 / 25.25 - 1)
    assert np.isnan(value([*bars[:-1], split], "overnight_gap"))
    assert known.complete.tolist()[-2:] == [True, False]


def test_a_row_is_complete_once_it_has_its_63_sessions() -> None:
    known = rows(bars_of([1.0] * 70))

    assert known.complete.tolist() == [False] * (SESSIONS_NEEDED - 2) + [True] * (70 - SESSIONS_NEEDED + 2)


def test_without_a_previous_close_the_first_session_has_no_return() -> None:
    bars = bars_of([1.0] * 3)
    bars[0] = replace(bars[0], previous_close=None)

    assert np.isnan(value(bars, "return_1", row=0))
    assert value(bars, "return_1", row=1) == 0.0


def test_weekends_and_filled_gaps_are_no_sessions() -> None:
    bars = random_walk(2, 80)
    saturday = replace(bars[-1], day=date(2019, 3, 2))
    filled = replace(bars[40], volume=0)

    assert rows([*bars, saturday]).days == rows(bars).days
    assert filled.day not in rows([*bars[:40], filled, *bars[41:]]).days


def test_the_order_of_arrival_does_not_matter() -> None:
    bars = random_walk(3, 80)
    moods = [a_mood(bars[70], minutes=5), a_mood(bars[70], minutes=65, mean="-0.25"), a_mood(bars[75])]

    np.testing.assert_array_equal(rows(bars[::-1], moods[::-1]).x, rows(bars, moods).x)


def test_a_day_without_talk_is_flagged_and_not_neutral() -> None:
    bars = random_walk(4, 70)

    assert value(bars, "sentiment_known") == 0.0
    assert all(np.isnan(value(bars, name)) for name in TALK)
    assert rows(bars).complete[-1]


def test_neutral_talk_is_known_and_zero() -> None:
    bars = random_walk(4, 70)
    moods = [a_mood(bars[-1], mean="0")]

    assert value(bars, "sentiment_known", moods) == 1.0
    assert value(bars, "sentiment_mean", moods) == 0.0


def test_the_mood_is_weighed_by_mentions_and_its_velocity_is_the_largest() -> None:
    bars = random_walk(4, 70)
    moods = [
        a_mood(bars[-1], mean="0.8", mentions=30, usual="9"),
        a_mood(bars[-1], minutes=60, mean="0", mentions=10, usual="9"),
    ]

    assert value(bars, "sentiment_mean", moods) == pytest.approx(0.6)
    assert value(bars, "mention_velocity", moods) == pytest.approx(log(31 / 10))


def test_the_shift_is_from_what_was_said_before_and_weighed_too() -> None:
    bars = random_walk(4, 70)
    first = replace(a_mood(bars[-1], minutes=60, mentions=10), previous=None)
    moods = [
        first,
        a_mood(bars[-1], minutes=30, mean="0.5", mentions=30),
        a_mood(bars[-1], mean="0.1", mentions=10),
    ]

    assert value(bars, "sentiment_shift", moods) == pytest.approx((0.4 * 30 + 0.0 * 10) / 40)
    assert np.isnan(value(bars, "sentiment_shift", [first]))


def test_authors_are_those_of_the_widest_shift() -> None:
    bars = random_walk(4, 70)
    moods = [replace(a_mood(bars[-1], minutes=m), authors=n) for m, n in ((60, 12), (30, None), (0, 3))]

    assert value(bars, "unique_authors", moods) == pytest.approx(log(13))
    assert np.isnan(value(bars, "unique_authors", moods[1:2]))


@pytest.mark.parametrize(
    ("seen", "full"), [(["0.9", "0.5"], 1.0), (["0.9", "0.49"], 0.0), ([None, "0.7"], 1.0), ([None], nan)]
)
def test_talk_that_was_thinly_seen_is_flagged_and_what_is_not_told_is_not_thin(
    seen: list[str | None], full: float
) -> None:
    bars = random_walk(4, 70)
    moods = [
        replace(a_mood(bars[-1], minutes=i), coverage=None if share is None else Decimal(share))
        for i, share in enumerate(seen)
    ]

    assert value(bars, "coverage_full", moods) == pytest.approx(full, nan_ok=True)


def test_every_feature_is_documented_with_formula_unit_and_source() -> None:
    text = (Path(__file__).parents[3] / "services" / "prediction" / "FEATURES.md").read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]

    assert tuple(name.strip("`") for name, *_ in lines) == FEATURES
    assert all(len(cells) == 4 and all(cells) for cells in lines)


def test_talk_after_the_close_belongs_to_the_next_session() -> None:
    bars = random_walk(5, 70)
    late = a_mood(bars[-2], minutes=-1)

    assert value(bars, "sentiment_known", [late], row=-2) == 0.0
    assert value(bars, "sentiment_known", [late], row=-1) == 1.0
    assert value(bars[:-1], "sentiment_known", [late]) == 0.0


def looks_ahead(features: Features, bars: list[Bar], moods: list[Mood]) -> list[int]:
    """Columns whose past changes when the future is taken away."""
    whole = features(bars, moods)
    ahead = set()
    for cut in range(64, len(bars)):
        close = closes_at(bars[cut - 1].day)
        seen = features(bars[:cut], [mood for mood in moods if mood.at <= close])
        same = np.isclose(whole[:cut], seen, rtol=1e-12, atol=0, equal_nan=True)
        ahead.update(np.flatnonzero(~same.all(axis=0)).tolist())
    return sorted(ahead)


def a_history() -> tuple[list[Bar], list[Mood]]:
    bars = random_walk(6, 90)
    return bars, [a_mood(bar, minutes=i * 37 % 900 - 300, mean=f"0.{i % 9}") for i, bar in enumerate(bars)]


def test_no_feature_looks_ahead() -> None:
    assert looks_ahead(lambda bars, moods: rows(bars, moods).x, *a_history()) == []


def test_a_feature_that_looks_ahead_is_caught() -> None:
    def leaking(bars: list[Bar], moods: list[Mood]) -> Matrix:
        known = rows(bars, moods)
        tomorrow = np.append(known.growth[1:], np.nan)
        return np.column_stack((known.x, tomorrow))

    assert looks_ahead(leaking, *a_history()) == [len(FEATURES)]


def test_a_figure_normalised_over_all_time_is_caught() -> None:
    def leaking(bars: list[Bar], moods: list[Mood]) -> Matrix:
        x = rows(bars, moods).x[:, :1]
        return np.asarray(x / np.nanstd(x))

    assert looks_ahead(leaking, *a_history()) == [0]
