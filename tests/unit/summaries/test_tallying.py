"""The figures of a ticker's day."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from math import log
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.summaries.tallying import (
    Close,
    Day,
    Score,
    engagement,
    figures,
    mood,
    polarities,
    tally,
)
from tests.unit.summaries.fakes import a_seen_post

SCORES = st.decimals(-1, 1, places=3)


def test_tickers_with_enough_posts_are_ranked_by_posts_and_then_by_name() -> None:
    posts = [a_seen_post(n, "NOK", "AMC") for n in range(3)] + [a_seen_post(n, "GME") for n in range(3, 7)]
    posts += [a_seen_post(8, "BB"), a_seen_post(9, "BB")]
    assert [f.ticker for f in tally(Day(posts, {}), 3)] == ["GME", "AMC", "NOK"]


def test_one_author_or_one_text_is_one_voice_however_often_it_comes() -> None:
    loud = [replace(a_seen_post(n, "GME"), author="loud") for n in range(20)]
    campaign = [replace(a_seen_post(n, "NOK"), cluster="c") for n in range(20, 40)]
    crowd = [a_seen_post(n, "BB") for n in range(40, 43)]
    told = tally(Day([*loud, *campaign, *crowd], {}), 1)
    assert [(f.ticker, f.mentions) for f in told] == [("BB", 3), ("GME", 20), ("NOK", 20)]
    assert [f.ticker for f in tally(Day([*loud, *campaign, *crowd], {}), 3)] == ["BB"]
    assert [f.repeats for f in told] == [0, 0, 19]


@pytest.mark.parametrize(
    ("mean", "felt"),
    [
        ("1", "moon"),
        ("0.450", "moon"),
        ("0.449", "bullish"),
        ("0.120", "bullish"),
        ("0.119", "neutral"),
        ("0", "neutral"),
        ("-0.119", "neutral"),
        ("-0.120", "bearish"),
        ("-0.449", "bearish"),
        ("-0.450", "doom"),
        ("-1", "doom"),
    ],
)
def test_the_mood_is_read_from_the_mean(mean: str, felt: str) -> None:
    assert mood(Decimal(mean)) == felt


def test_a_ticker_nobody_scored_has_no_mood_and_no_zero() -> None:
    day = figures("GME", [a_seen_post(1, "GME")], None)
    assert (day.mood, day.scored, day.polarities, day.close) == ("unknown", 0, None, None)


def test_scores_of_the_word_list_are_counted_apart() -> None:
    guessed = a_seen_post(2, "GME", scores={"GME": Score(Decimal("-1"), "fallback")})
    day = figures("GME", [a_seen_post(1, "GME", polarity="0.6"), guessed, a_seen_post(3, "GME")], None)
    assert (day.mentions, day.scored, day.fallback, day.mood) == (3, 1, 1, "moon")


def test_authors_are_counted_once_and_unsigned_posts_apart() -> None:
    posts = [a_seen_post(n, "GME", author=author) for n, author in enumerate(["a", "a", "b", None])]
    day = figures("GME", posts, None)
    assert (day.authors, day.unsigned) == (2, 1)


def test_engagement_weighs_votes_and_comments_and_takes_downvotes_for_none() -> None:
    post = a_seen_post(1, "GME", votes=99, comments=9)
    assert engagement(post) == pytest.approx(0.7 * log(100) + 0.3 * log(10))
    assert engagement(a_seen_post(1, "GME", votes=-40, comments=0)) == 0


def test_the_three_loudest_posts_are_the_sources() -> None:
    votes = [5, 80, 0, 80, 12]
    posts = [a_seen_post(n, "GME", votes=v) for n, v in enumerate(votes)]
    assert figures("GME", posts, None).sources == ("reddit:t3_0001", "reddit:t3_0003", "reddit:t3_0004")


def test_those_who_agree_are_on_the_side_of_the_mean() -> None:
    posts = [a_seen_post(n, "GME", polarity=p) for n, p in enumerate(["0.9", "0.2", "0.05", "-0.6"])]
    day = figures("GME", posts, Close(Decimal("347.51"), None))
    assert (day.mood, day.agreeing, day.scored) == ("bullish", 2, 4)


@settings(deadline=None)
@given(st.lists(SCORES, min_size=1, max_size=30))
def test_mean_deviation_and_ends_are_those_of_the_population(scores: list[Decimal]) -> None:
    taken, floats = polarities(scores), [float(score) for score in scores]
    assert float(taken.mean) == pytest.approx(fmean(floats), abs=0.00051)
    assert float(taken.stddev) == pytest.approx(pstdev(floats), abs=0.00051)
    assert (taken.low, taken.high) == (min(scores), max(scores))


def test_equal_scores_do_not_deviate_for_all_the_cutting_of_digits() -> None:
    assert polarities([Decimal("0.333")] * 7 + [Decimal("0.333")] * 4).stddev == 0


def test_figures_do_not_depend_on_the_order_of_the_posts() -> None:
    posts = [
        a_seen_post(n, "GME", votes=v, comments=v // 3, polarity=p)
        for n, (v, p) in enumerate([(3, "0.1"), (100, "0.333"), (7, "-0.2"), (12345, "0.667")])
    ]
    assert len({figures("GME", order, None) for order in permutations(posts)}) == 1
