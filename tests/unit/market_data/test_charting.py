from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from services.market_data.charting import FALLS, LEFT, PRICES, RIGHT, Chart, chart, steps
from services.market_data.closing import Day
from services.market_data.hours import sessions_back
from services.market_data.pictures import png, svg
from services.market_data.ranking import METHODS

TODAY = date(2021, 2, 4)
WAY = METHODS["sessions"]


def drawn(*closes: float, name: str = "GameStop", method: str = "sessions") -> Chart:
    days = [session.day for session in sessions_back(TODAY, len(closes))]
    prices = [Decimal(str(close)) for close in closes]
    bars = [Day(day, price, price + 10, price, 1000) for day, price in zip(days, prices, strict=True)]
    found = chart("GME", name, bars, METHODS[method].window(TODAY), METHODS[method])
    assert found is not None
    return found


def test_lines_go_from_the_first_bar_to_the_last_and_stand_where_their_prices_are() -> None:
    made = drawn(100, 200, 100, 150)
    assert made.prices == f"{LEFT},400.0 396.7,150.0 753.3,400.0 {RIGHT},275.0"
    assert made.falls == f"{LEFT},440.0 396.7,440.0 753.3,540.0 {RIGHT},490.0"
    assert (made.peak_x, made.peak_y, made.last_x, made.last_y) == (396.7, PRICES[0], RIGHT, 275.0)
    assert [mark.text for mark in made.price_marks] == ["$100", "$120", "$140", "$160", "$180", "$200"]
    assert [(mark.at, mark.text) for mark in made.fall_marks] == [
        (FALLS[1], "−60 %"),
        (520.0, "−40 %"),
        (480.0, "−20 %"),
        (FALLS[0], "0 %"),
    ]


def test_the_words_say_the_fall_the_peak_and_when_it_was() -> None:
    made = drawn(*[100] * 30, 1234.5, 1200, 617.25)
    assert (made.title, made.name, made.headline) == ("GME", "GameStop", "−50.0 %")
    assert made.detail == "$617.25 on 4 Feb 2021 · highest close $1,234.50 2 sessions ago"
    assert (made.peak_text, made.peak_anchor) == ("$1,234.50", "end")
    assert drawn(*[100] * 30, 130, 120).detail.endswith("highest close $130.00 1 session ago")


def test_highs_make_the_peak_where_the_method_says_so() -> None:
    made = drawn(*[100] * 30, 120, 110, method="calendar")
    assert made.detail == "$110.00 on 4 Feb 2021 · highest price $130.00 1 session ago"
    assert "highest price" in made.caption


def test_at_the_peak_there_is_no_fall_to_speak_of() -> None:
    made = drawn(*[100] * 30, 130)
    assert (made.headline, made.detail[-5:]) == ("at its peak", "today")


@pytest.mark.parametrize(
    ("closes", "note"),
    [
        ([100, 90], "Not ranked: too few bars"),
        ([100] * 40 + [1000, 100], "Not ranked: a price here is in doubt"),
        ([100] * 40 + [25, 25], "Not ranked: a split may be missing"),
        ([100] * 40 + [90], ""),
    ],
)
def test_a_doubt_is_told_in_the_picture(closes: list[float], note: str) -> None:
    made = drawn(*closes)
    assert made.note == note
    assert note in svg(made)


def test_without_two_bars_or_without_todays_there_is_no_picture() -> None:
    one = Day(TODAY, Decimal(1), Decimal(1), Decimal(1), 1)
    before = one._replace(day=date(2021, 2, 2))
    window = WAY.window(TODAY)
    assert chart("GME", "GME", [one], window, WAY) is None
    assert chart("GME", "GME", [before, before._replace(day=date(2021, 2, 3))], window, WAY) is None
    assert chart("GME", "GME", [before, one], window, WAY) is not None


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 1.0), (0.0, 347.51), (17.25, 17.26), (-84.6, 0.0), (0.0, 0.0), (99.5, 100200.0)]
)
def test_marks_are_few_even_and_hold_every_value(low: float, high: float) -> None:
    marks = steps(low, high)
    assert marks[0] <= low <= high <= marks[-1]
    assert 2 <= len(marks) <= 6
    apart = [b - a for a, b in pairwise(marks)]
    assert apart == pytest.approx([apart[0]] * len(apart))


def test_a_picture_is_a_png_of_its_size_and_always_the_same_bytes() -> None:
    made = drawn(*[100 + n % 7 for n in range(180)])
    picture = png(svg(made))
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(picture[at : at + 4]) for at in (16, 20)] == [1200, 630]
    assert png(svg(made)) == picture
    assert png(svg(drawn(*[100 + n % 5 for n in range(180)]))) != picture


def test_letters_are_drawn_and_names_cannot_be_markup() -> None:
    def only(name: str) -> bytes:
        return png(svg(drawn(100, 90, name=name)))

    assert only("GameStop") != only("GameShop") != only("")
    assert "<script>" not in svg(drawn(100, 90, name='<script>alert("&")</script>'))
    assert only('<&">' * 30)[:4] == b"\x89PNG"
