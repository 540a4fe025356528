"""What a model may say: nothing that is not in the inputs, and nothing that acts."""

from datetime import date, time
from decimal import Decimal

import pytest

from services.summaries.gating import gate, sentences
from services.summaries.grounding import Facts

FACTS = Facts(
    tickers=frozenset({"GME"}),
    dates=frozenset({date(2021, 1, 27)}),
    times=frozenset({time(7), time(19)}),
    counts=frozenset({128, 97}),
    scores=frozenset({Decimal("0.312")}),
    prices=frozenset({Decimal("347.51")}),
    percents=frozenset({Decimal("134.84")}),
)
NAMES = frozenset({"melvin", "gamestop"})

HONEST = (
    "The crowd talked of GME with confidence on 27 January 2021.",
    "We saw 128 posts from 97 accounts between 07:00 and 19:00 in New York.",
    "Scores average 0.31, which leans bullish.",
    "GME rose 134.84% and closed at $347.51 (up 134.8%).",
    "Many named Melvin, and GameStop's holders were loud.",
    "“Holders” spoke most; the reasons aren't known.",
)

INVENTED = (
    "GME rose 140% on the day.",
    "Volume was 93,396,700 shares.",
    "It began on 26 January 2021.",
    "AMC moved along.",
    "The talk went on yesterday.",
    "Elon Musk cheered.",
    "Ryan Cohen bought.",
    "Traders praised Cohen for it.",
    "Half of them sold.",
    "GME closed at $420.69.",
    "GME fell 134.84%.",
    "Shorts lost billions.",
    "The talk reached Reddit and CNBC.",
    "Posts from 129 accounts.",
)

ACTING = (
    "See https://evil.example/x now.",
    "See evil.example now.",
    "Visit www evil now.",
    "Read more at evil dot com.",
    "Ask @everyone about it.",
    "Ask <!channel> about it.",
    "Buy #GME today.",
    "The crowd liked $GME.",
    "The crowd <b>shouted</b>.",
    "The crowd [shouted](evil).",
    "The crowd `shouted`.",
    "The crowd *shouted*.",
    "The crowd &lt;shouted&gt;.",
    "Тhe crowd shouted.",
    "The crowd \u202eshouted.",
    "The crowd shou\u200bted.",
    "The crowd said {{ 7 }}.",
    "The crowd shouted 🚀.",
)


@pytest.mark.parametrize("sentence", HONEST)
def test_what_the_inputs_hold_passes(sentence: str) -> None:
    gated = gate((sentence,), FACTS, NAMES)
    assert (gated.text, gated.dropped) == (sentence, ())


@pytest.mark.parametrize("sentence", INVENTED + ACTING)
def test_an_invention_or_what_acts_is_dropped_and_its_neighbours_stay(sentence: str) -> None:
    gated = gate((f"{HONEST[0]} {sentence} {HONEST[1]}", HONEST[2]), FACTS, NAMES)
    assert gated.paragraphs == (f"{HONEST[0]} {HONEST[1]}", HONEST[2])
    assert len(gated.dropped) == len(sentences(sentence))


def test_when_nothing_is_left_there_is_no_text() -> None:
    gated = gate((" ".join(INVENTED), " ".join(ACTING)), FACTS, NAMES)
    assert gated.text == ""


def test_a_name_one_post_holds_is_not_known() -> None:
    assert gate(("Many named Melvin.",), FACTS, frozenset()).text == ""
