"""The shapes older clients send and parse, by example."""

import json
from typing import Any

import pytest

from services.sentiment.legacy import (
    RequestRefused,
    batch_answer,
    batch_request,
    count_request,
    legacy_counts,
    single_answer,
    single_request,
)
from services.sentiment.scoring import Reading, reading

TWO_SENTENCES = '"text": ["Good quarter.", "Board met."]'


def a_reading(*probabilities: float) -> Reading:
    return reading(probabilities, method="model", model="m", version="1")


@pytest.mark.parametrize(
    "sent", [f'{{{TWO_SENTENCES}, "hash": "12345"}}', f'{{"hash": "12345", {TWO_SENTENCES}}}']
)
def test_the_order_of_keys_means_nothing(sent: str) -> None:
    asked = count_request(json.loads(sent))

    assert asked.texts == ("Good quarter.", "Board met.")
    assert asked.hash == "12345"


def test_a_single_string_is_one_sentence() -> None:
    assert count_request({"hash": "h", "text": "One. Two."}).texts == ("One. Two.",)


@pytest.mark.parametrize("sent", ["12345", "", 12345, None, -7, "  x "])
def test_the_hash_goes_back_as_it_came(sent: object) -> None:
    asked = count_request({"text": [], "hash": sent})
    answered = json.loads(json.dumps(legacy_counts([], asked.hash)))

    assert answered["hash"] == sent


def test_no_sentences_are_zeros() -> None:
    asked = count_request({"text": [], "hash": "h"})

    assert asked.texts == ()
    assert legacy_counts([], asked.hash) == {
        "positive": ["0", "0.0"],
        "neutral": ["0", "0.0"],
        "negative": ["0", "0.0"],
        "hash": "h",
    }


def test_counts_are_whole_and_never_the_sum_of_confidences() -> None:
    answered = legacy_counts([("positive", 0.9), ("positive", 0.8), ("negative", 0.6)], "h")

    assert answered == {
        "positive": ["2", "0.85"],
        "neutral": ["0", "0.0"],
        "negative": ["1", "0.6"],
        "hash": "h",
    }


def test_old_clients_parse_every_figure() -> None:
    answered: Any = legacy_counts([("neutral", 1.0), ("neutral", 0.00001), ("negative", 1 / 3)], "h")

    for count, confidence in (answered[label] for label in ("positive", "neutral", "negative")):
        assert str(int(count)) == count
        assert 0 <= float(confidence) <= 1
        assert "e" not in confidence


def test_a_tied_reading_is_counted_once_as_neutral() -> None:
    tied = a_reading(0.4, 0.2, 0.4)
    answered = legacy_counts([(tied.label, float(tied.confidence))], "h")

    assert (answered["positive"], answered["neutral"], answered["negative"]) == (
        ["0", "0.0"],
        ["1", "0.4"],
        ["0", "0.0"],
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"hash": "h"}, "text"),
        ({"text": None, "hash": "h"}, "text"),
        ({"text": {"a": 1}, "hash": "h"}, "text"),
        ({"text": 7, "hash": "h"}, "text"),
        ({"text": ["fine", 7], "hash": "h"}, "text[1]"),
        ({"text": [None], "hash": "h"}, "text[0]"),
        ({"text": [["nested"]], "hash": "h"}, "text[0]"),
        ({"text": ["fine"]}, "hash"),
    ],
)
def test_a_refusal_names_the_field_and_the_remedy(body: dict[str, object], field: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        count_request(body)

    assert refused.value.field == field
    assert "send" in refused.value.remedy


@pytest.mark.parametrize("text", ["x", "x" * 10_000])
def test_a_single_text_of_allowed_length_is_taken(text: str) -> None:
    assert single_request({"text": text}) == text


@pytest.mark.parametrize("text", ["", "x" * 10_001, None, 5, ["x"], True])
def test_a_single_text_of_other_shape_is_refused(text: object) -> None:
    with pytest.raises(RequestRefused, match=r"^text: send"):
        single_request({"text": text})


def test_a_batch_holds_one_to_ten_texts() -> None:
    assert batch_request({"texts": ["a", "b"]}) == ("a", "b")
    assert len(batch_request({"texts": ["a"] * 10})) == 10


@pytest.mark.parametrize(
    ("texts", "field"),
    [([], "texts"), (["a"] * 11, "texts"), ("a", "texts"), (None, "texts"), (["a", 3], "texts[1]")],
)
def test_a_batch_of_other_shape_is_refused(texts: object, field: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        batch_request({"texts": texts})

    assert refused.value.field == field


def test_a_reading_is_answered_as_numbers() -> None:
    answered = single_answer(a_reading(0.1, 0.2, 0.7))

    assert json.loads(json.dumps(answered)) == {
        "sentiment": 0.6,
        "confidence": 0.7,
        "label": "positive",
        "probabilities": {"negative": 0.1, "neutral": 0.2, "positive": 0.7},
    }


def test_a_batch_is_answered_in_order_with_its_count() -> None:
    answered = batch_answer([a_reading(0.7, 0.2, 0.1), a_reading(0.1, 0.2, 0.7)])

    assert answered["count"] == 2
    assert [one["label"] for one in answered["results"]] == ["negative", "positive"]  # type: ignore[attr-defined]
