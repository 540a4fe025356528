"""The rules that turn probabilities and posts into readings."""

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sentiment.scoring import readable, reading, sentences_about, text_of, unscorable


def read(*probabilities: float) -> object:
    return reading(probabilities, method="model", model="m", version="1")


def test_polarity_is_positive_minus_negative_and_confidence_the_largest_share() -> None:
    found = reading((0.1234, 0.2, 0.6766), method="model", model="m", version="1")

    assert found.probabilities == (Decimal("0.123"), Decimal("0.200"), Decimal("0.677"))
    assert found.polarity == Decimal("0.554")
    assert found.confidence == Decimal("0.677")
    assert (found.label, found.method, found.model, found.version) == ("positive", "model", "m", "1")


@pytest.mark.parametrize(
    ("probabilities", "label"),
    [
        ((0.5, 0.3, 0.2), "negative"),
        ((0.2, 0.3, 0.5), "positive"),
        ((0.3, 0.4, 0.3), "neutral"),
        ((0.34, 0.32, 0.34), "neutral"),
        ((0.4, 0.4, 0.2), "neutral"),
        ((0.2, 0.4, 0.4), "neutral"),
    ],
)
def test_the_label_is_the_most_probable_class_and_a_tie_is_neutral(
    probabilities: tuple[float, float, float], label: str
) -> None:
    assert reading(probabilities, method="model", model="m", version="1").label == label


@given(st.tuples(*[st.floats(0.0001, 1)] * 3))
def test_the_three_probabilities_always_sum_to_one(shares: tuple[float, float, float]) -> None:
    found = reading([s / sum(shares) for s in shares], method="model", model="m", version="1")

    assert sum(found.probabilities) == 1
    assert all(0 <= p <= 1 for p in found.probabilities)
    assert -1 <= found.polarity <= 1


@pytest.mark.parametrize("wrong", [(0.5, 0.5, 0.5), (-0.1, 0.6, 0.5), (float("nan"), 0.5, 0.5)])
def test_what_is_not_three_probabilities_is_no_reading(wrong: tuple[float, ...]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        read(*wrong)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\n\t", "empty"),
        ("[removed]", "removed"),
        ("[deleted]\n\n", "removed"),
        ("🚀🚀🚀", "only symbols"),
        ("... 100% !!!", "no letters"),
        ("https://example.com/a-chart", "only a link"),
        ("GME 🚀", None),
        ("上涨", None),
    ],
)
def test_a_text_without_words_has_a_reason_and_no_score(text: str, reason: str | None) -> None:
    assert unscorable(text) == reason


def test_a_post_without_title_or_body_is_empty_not_neutral() -> None:
    assert unscorable(text_of("", "")) == "empty"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("TSLA 🚀🚀", "TSLA rocket rocket"),
        ("see https://example.com/x?y=1 now", "see now"),
        ("strong 💪🏽 hands", "strong flexed biceps hands"),
        ("half a pair \ud83d here", "half a pair here"),
        ("5 > 4", "5 > 4"),
    ],
)
def test_the_model_reads_pictograms_as_words_and_no_links(text: str, said: str) -> None:
    assert readable(text) == said


def about(text: str, ticker: str, tickers: int = 2) -> str:
    start = text.index(ticker)
    return sentences_about(text, [(start, start + len(ticker))], tickers)


def test_a_post_about_one_ticker_is_read_whole() -> None:
    text = text_of("AMD", "Great chips. I had soup.")

    assert about(text, "AMD", tickers=1) == text


def test_each_of_several_tickers_gets_its_own_sentences() -> None:
    text = text_of("Portfolio update", "AMD keeps winning! INTC is a mess. Lunch was fine")

    assert about(text, "AMD") == "« AMD » keeps winning!"
    assert about(text, "INTC") == "« INTC » is a mess."


def test_the_title_is_a_sentence_of_its_own() -> None:
    text = text_of("NVDA soars", "Meanwhile F drops 8%")

    assert about(text, "NVDA") == "« NVDA » soars"
    assert about(text, "F drops") == "Meanwhile « F drops » 8%"


def test_all_mentions_of_a_ticker_are_heard() -> None:
    text = "AMD is up. INTC is down. I sold AMD."

    assert sentences_about(text, [(0, 3), (32, 35)], 2) == "« AMD » is up. I sold « AMD »."


def test_two_tickers_in_one_sentence_are_told_apart_by_a_mark() -> None:
    text = "AMD flies while INTC sinks"

    assert about(text, "AMD") == "« AMD » flies while INTC sinks"
    assert about(text, "INTC") == "AMD flies while « INTC » sinks"


def test_an_authors_own_guillemets_are_no_mark() -> None:
    assert about("«AMD» beats INTC", "INTC") == '"AMD" beats « INTC »'


@pytest.mark.parametrize(
    "sentence",
    ["The U.S. cleared MSFT today.", "Apple Inc. beat MSFT at 3.5 times sales.", "BRK.B over MSFT?"],
)
def test_abbreviations_figures_and_share_classes_do_not_end_a_sentence(sentence: str) -> None:
    assert about(f"{sentence} Then GE fell.", "MSFT") == sentence.replace("MSFT", "« MSFT »")


def test_a_mention_outside_the_text_leaves_the_whole_text() -> None:
    assert sentences_about("AMD and INTC", [(400, 403)], 2) == "AMD and INTC"


def test_the_rules_load_no_model() -> None:
    code = "import sys, services.sentiment.scoring, services.sentiment.legacy; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert not {"onnxruntime", "tokenizers", "numpy", "vaderSentiment", "boto3"} & set(loaded.split())
