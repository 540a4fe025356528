"""The gate for texts: true ones pass however they are rounded, inventions are named."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.summaries.grounding import Facts, ungrounded
from services.summaries.writing import facts, write
from tests.unit.summaries.fakes import DAY, some_figures

FACTS = Facts(
    tickers=frozenset({"GME", "BRK.B", "F"}),
    dates=frozenset({date(2021, 1, 27)}),
    times=frozenset({time(7), time(19)}),
    counts=frozenset({128, 12_345, 4}),
    scores=frozenset({Decimal("0.312"), Decimal("-0.92"), Decimal(1)}),
    prices=frozenset({Decimal("347.51")}),
    percents=frozenset({Decimal("134.84"), Decimal("-4.2"), Decimal(68)}),
)


@pytest.mark.parametrize(
    "text",
    [
        "128 posts, 12,345 votes, 12.3k votes, 12 thousand votes",
        "a mean of 0.31, or .312, or 0.3; down to −0.92",
        "$347.51, $348, $347.5, 347.51 dollars, 34751 cents",
        "up 134.84%, 135 percent, +134.8%, 134.84 per cent, 134.84 pct, 68%",
        "fell 4.2%, down 4.2%, down by 4%, -4.2%, −4.20 %, a loss of 4.2%",
        "27 January 2021, January 27, 2021, Jan. 27th, 27th of January, 2021-01-27, 1/27/2021, 1/27",
        "January 2021, in January, 2021, on Wednesday",
        "from 07:00 to 19:00, from 7 a.m. to 7 pm, 7:00 PM",
        "GME's run; $GME, $gme, BRK.B. F too. I saw A lot",
        "four posts, sixty-eight percent, nobody; anyone at all",
        "",
    ],
)
def test_what_the_facts_hold_passes_in_any_usual_writing(text: str) -> None:
    assert ungrounded(text, FACTS) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("129 posts", "129"),
        ("1,280 posts", "1,280"),
        ("128k posts", "128k"),
        ("about 130 posts", "130"),
        ("128.5 posts", "128.5"),
        ("12.4k votes", "12.4k"),
        ("a mean of 0.4", "0.4"),
        ("a mean of 0", "0"),
        ("a mean of 0.92", "0.92"),
        ("a mean of 0,31", "0,31"),
        ("$128", "$128"),
        ("$350", "$350"),
        ("€347.51", "€347.51"),
        ("0.31%", "0.31%"),
        ("128%", "128%"),
        ("up 4.2%", "up 4.2%"),
        ("+4.2%", "+4.2%"),
        ("fell 134.84%", "fell 134.84%"),
        ("up $347.51", "up $347.51"),
        ("gained 128 posts", "gained 128"),
        ("a 10x move", "10x"),
        ("128x", "128x"),
        ("revenue of Q3", "Q3"),
        ("version v128", "v128"),
        ("a 10-K filing", "10"),
        ("28 January 2021", "28 January 2021"),
        ("January 27, 2020", "January 27, 2020"),
        ("2021-01-28", "2021-01-28"),
        ("1/28", "1/28"),
        ("in March", "in March"),
        ("March 2021", "March 2021"),
        ("on Thursday", "Thursday"),
        ("yesterday", "yesterday"),
        ("next week", "next week"),
        ("last Wednesday", "last Wednesday"),
        ("in 2022", "2022"),
        ("at 09:30", "09:30"),
        ("at 4 p.m.", "4 p.m"),
        ("AMC rose", "AMC"),
        ("$amc rose", "$amc"),
        ("BRK.A rose", "BRK.A"),
        ("the CEO spoke", "CEO"),
        ("T rose", "T"),
        ("twelve posts", "twelve"),
        ("forty-two posts", "forty-two"),
        ("fifty percent", "fifty percent"),
        ("dozens of posts", "dozens"),
        ("half of them", "half"),
        ("the price doubled", "doubled"),
        ("a threefold rise", "threefold"),
        ("１２９ posts", "129"),
        ("12\u200b9 posts", "129"),
        ("٩٩ posts", "٩٩"),
        ("5‰", "5‰"),
    ],
)
def test_what_the_facts_do_not_hold_is_named(text: str, said: str) -> None:
    assert said in ungrounded(text, FACTS)


def test_inventions_are_listed_in_the_order_of_the_text() -> None:
    text = "AMC rose 12% on 3 May 2021 after GME did, in seven steps."
    assert ungrounded(text, FACTS) == ["AMC", "rose 12%", "3 May 2021", "seven"]


PLANTS = [
    " Volume was 93,396,700 shares.",
    " The move began on 26 January 2021.",
    " AMC moved with it.",
    " Short interest stood at 140%.",
    " It stood at $12.99 in the morning.",
    " Earnings follow next week.",
    " At 08:15 the mood turned.",
    " Two thirds of the float was sold short.",
]


@settings(deadline=None)
@given(st.sampled_from(PLANTS), st.integers(0, 3))
def test_an_invention_planted_into_the_writers_text_is_caught(plant: str, where: int) -> None:
    figures = some_figures()
    sentences = write(figures, DAY).split(". ")
    planted = ". ".join([*sentences[:where], plant.strip().removesuffix("."), *sentences[where:]])
    assert ungrounded(planted, facts(figures, DAY))
