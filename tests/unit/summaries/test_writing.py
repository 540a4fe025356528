"""The written day: readable, exact, and no more than the figures."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.summaries.grounding import ungrounded
from services.summaries.tallying import Close, Day, Figures, Score, SeenPost, tally
from services.summaries.writing import facts, write
from tests.unit.summaries.fakes import DAY, polarities, some_figures

POSTS = st.builds(
    SeenPost,
    post_id=st.uuids().map(lambda made: f"reddit:{made.hex[:8]}"),
    author=st.sampled_from(["a", "b", "c", "d", None]),
    votes=st.integers(-50, 90_000),
    comments=st.integers(0, 9_000),
    tickers=st.sampled_from([("GME",), ("BRK.B", "F"), ("GME", "A")]),
    scores=st.dictionaries(
        st.sampled_from(["GME", "F", "A", "BRK.B"]),
        st.builds(Score, st.decimals(-1, 1, places=3), st.sampled_from(["model", "fallback", "override"])),
    ),
)
CLOSES = st.builds(
    Close,
    price=st.decimals("0.001", 900_000, places=4),
    change_pct=st.none() | st.decimals(-99, 2_000, places=2),
)
DAYS = st.builds(
    Day, st.lists(POSTS, max_size=25), st.dictionaries(st.sampled_from(["GME", "F", "A"]), CLOSES)
)


@settings(max_examples=300, deadline=None)
@given(DAYS, st.dates(date(2015, 1, 1), date(2035, 12, 31)))
def test_nothing_is_written_that_is_not_in_the_figures(seen: Day, day: date) -> None:
    for figures in tally(seen, 1):
        text = write(figures, day)
        assert ungrounded(text, facts(figures, day)) == [], text
        assert text.count("\n\n") == 1
        assert len(text) <= 2_000


def test_the_day_the_crowd_and_the_price_are_told() -> None:
    assert write(some_figures(), DAY) == (
        "The talk about GME leaned bullish on 27 January 2021. We saw 128 posts from 97 accounts between "
        "07:00 and 19:00 in New York. The 118 scored posts average 0.31 on a scale from −1 to 1; 80 of them "
        "(68%) lean that way. Both ends were heard, from −0.92 to 0.97."
        "\n\n"
        "The price made a large move: GME jumped 134.84% to $347.51. Mood and price pointed the same way. "
        "A word list alone could read 4 posts, which does not count towards the mood. 6 posts have no score "
        "and are not counted as neutral. These figures do not say why, and posts we did not see are not "
        "in them."
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mood": "moon"}, "euphoric"),
        ({"mood": "doom"}, "gloom ran through"),
        ({"mood": "doom"}, "opposite directions"),
        ({"mood": "neutral", "agreeing": 60}, "only 60 of them (51%) stay near the middle"),
        ({"mood": "neutral"}, "The crowd took no side in it."),
        ({"agreeing": 118}, "every scored post leans that way"),
        ({"agreeing": 115}, "all but 3 lean that way"),
        ({"agreeing": 60}, "so the crowd was divided"),
        ({"authors": 128}, "nearly every post was a new voice"),
        ({"authors": 20}, "people who had already spoken"),
        ({"authors": 20, "unsigned": 50}, "the authors of 50 are not known"),
        ({"authors": 0, "unsigned": 128}, "who wrote them is not known"),
        ({"scored": 128, "fallback": 0}, "All of them were scored and average"),
        ({"polarities": polarities("0.312", "0.100", "0.400")}, "close together, from 0.10 to 0.40"),
        ({"close": None}, "No close of GME for 27 January 2021 has reached us"),
        ({"close": Close(Decimal("347.51"), None)}, "so neither is the move"),
        ({"close": Close(Decimal("347.51"), Decimal("0.00"))}, "where it had closed the session before"),
        ({"close": Close(Decimal("347.51"), Decimal("-0.40"))}, "little changed: down 0.40%"),
        ({"close": Close(Decimal("0.5125"), Decimal("-4.00"))}, "GME fell 4.00% to close at $0.5125"),
        ({"close": Close(Decimal("347.51"), Decimal("-44.29"))}, "plunged 44.29%"),
    ],
)
def test_the_words_follow_the_figures(change: dict[str, object], said: str) -> None:
    figures: Figures = replace(some_figures(), **change)  # type: ignore[arg-type]
    text = write(figures, DAY)
    assert said in text
    assert ungrounded(text, facts(figures, DAY)) == []


def test_a_mood_nobody_scored_is_unknown_and_not_neutral() -> None:
    text = write(some_figures(mood="unknown", scored=0, agreeing=0, fallback=0, polarities=None), DAY)
    assert "is not known" in text
    assert "None of the posts has a score" in text
    assert "neutral" not in text


def test_a_lone_post_is_not_spoken_of_as_many() -> None:
    lone = some_figures(mentions=1, authors=1, scored=1, fallback=0, agreeing=1)
    text = write(lone, DAY)
    assert "1 post from 1 account " in text
    assert "The only scored post" in text


def test_a_range_is_not_called_close_while_the_crowd_is_called_divided() -> None:
    text = write(some_figures(agreeing=60, polarities=polarities("0.150", "-0.050", "0.400")), DAY)
    assert "divided" in text
    assert "close together" not in text
