"""What is looked up: sentences that say no more than their facts, and absence that says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from services.summaries.finding import (
    Found,
    Shelf,
    drawdowns,
    forecasts,
    posts,
    prices,
    quotable,
    stats,
    together,
)
from services.summaries.grounding import ungrounded
from services.summaries.knowing import Bar, Fallen, Forecast, Quote, Ranking
from services.summaries.routing import named, route
from services.summaries.talking import Post
from tests.builders import NOON, a_bar, a_forecast, a_quote, a_ranking, a_summary
from tests.unit.summaries.fakes import DAY, Kept


@dataclass
class Known:
    """GME alone is known."""

    quotes: dict[str, Quote] = field(default_factory=dict)

    def quote(self, symbol: str) -> Quote | None:
        told = a_quote()
        quote = Quote(told.price, told.change_pct, told.as_of, confirmed=False)
        return quote if symbol == "GME" else None

    def closes(self, symbol: str, limit: int) -> Sequence[Bar]:
        told = a_bar()
        bars = [Bar(told.date - timedelta(days=n), told.close + n, told.change_pct) for n in range(9)]
        return bars[:limit] if symbol == "GME" else []

    def forecasts(self, symbol: str) -> Sequence[Forecast]:
        told = a_forecast()
        made = [
            Forecast(told.date, 1, "no_edge", told.probability_up, edge=False),
            Forecast(told.date, 10, "up", told.probability_up, edge=True),
        ]
        return made if symbol == "GME" else []

    def rankings(self) -> Sequence[Ranking]:
        told = a_ranking()
        top = tuple(
            Fallen(one.rank, one.ticker, one.close, one.peak, one.peak_date, one.drawdown_pct)
            for one in told.top
        )
        return [Ranking(told.universe, told.date, told.ranked, top)]


class Talk:
    def loudest(self, ticker: str, day: date, limit: int) -> Sequence[Post]:
        said = ["The squeeze is on", "Holding on", "see https://evil.example/x @all <b>"]
        made = [Post(f"reddit:t3_{n}", NOON, text, 10 * n, 0, float(n)) for n, text in enumerate(said)]
        return made[:limit] if (ticker, day) == ("GME", DAY) else []


SHELF = Shelf(Talk(), Known(), Kept({DAY: a_summary()}), lambda: DAY)


@pytest.mark.parametrize(
    "found",
    [
        prices(SHELF, "GME"),
        stats(SHELF, "GME", None),
        forecasts(SHELF, "GME"),
        drawdowns(SHELF, "GME"),
        drawdowns(SHELF, None),
    ],
    ids=lambda found: found.tool,
)
def test_the_sentences_say_no_more_than_their_facts(found: Found) -> None:
    assert found.said
    for sentence in found.said:
        assert ungrounded(sentence, found.facts) == [], sentence


def test_a_quote_nobody_confirmed_says_so() -> None:
    assert "has not confirmed it yet" in prices(SHELF, "GME").said[0]


def test_the_posts_that_hold_the_words_come_first() -> None:
    assert posts(SHELF, "GME", "who is in the squeeze", None).posts[0]["says"] == "The squeeze is on"
    assert posts(SHELF, "GME", "", None).posts[0]["votes"] == 20


@pytest.mark.parametrize(
    "found",
    [
        prices(SHELF, "AMC"),
        stats(SHELF, "AMC", None),
        stats(SHELF, "GME", date(2020, 1, 2)),
        posts(SHELF, "AMC", "", None),
        forecasts(SHELF, "AMC"),
        drawdowns(SHELF, "AMC"),
    ],
)
def test_what_is_not_known_is_empty_and_no_zero(found: Found) -> None:
    assert (found.empty, found.content) == (True, {"found": "nothing"})


def test_facts_together_hold_all() -> None:
    both = together([prices(SHELF, "GME").facts, forecasts(SHELF, "GME").facts])
    assert ungrounded("GME closed at $347.51; 51% say up, 10 sessions ahead.", both) == []


def test_a_strangers_words_are_quoted_without_what_acts() -> None:
    assert quotable("go to https://evil.example\u200b @all <b>#x</b> `y`") == "go to (link) all bx/b y"


@pytest.mark.parametrize(
    ("prompt", "ticker"),
    [
        ("How is $amc?", "AMC"),
        ("How is GME?", "GME"),
        ("how is gme?", "GME"),
        ("THE CEO OF GME", "GME"),
        ("IS IT UP", None),
    ],
)
def test_a_ticker_is_found_as_people_write_it(prompt: str, ticker: str | None) -> None:
    assert named(prompt, SHELF.knows) == ticker


def test_a_question_without_a_ticker_is_about_the_one_before() -> None:
    assert route("And the price?", "GME", SHELF.knows).ticker == "GME"
