"""Company news written out from patterns: whole, consistent, the same each time, half of it neutral."""

import re
from collections import Counter
from random import Random

import pytest

from tools.sentiment.company_news import COPIES, patterns, sentence, written
from tools.sentiment.lessons import company_news


def test_every_pattern_is_filled_in_whole() -> None:
    for _, pattern in patterns():
        for text in written(pattern, 20):
            assert not re.search(r"[{}\[\]|]|  ", text)
            assert text.endswith(".")
            assert text[0].isupper() or not text[0].isalpha()


def test_a_pattern_gives_the_same_sentences_each_time() -> None:
    for _, pattern in patterns():
        assert written(pattern, 5) == written(pattern, 5)


@pytest.mark.parametrize("seed", range(40))
def test_the_larger_figure_is_larger_and_in_the_same_currency(seed: int) -> None:
    low, high = sentence("{lo};{hi}", Random(seed)).removesuffix(".").split(";")  # noqa: S311

    assert amount(high) > amount(low)
    assert spelling(low) == spelling(high)


def amount(text: str) -> float:
    (digits,) = re.findall(r"\d[\d,.]*", text)
    return float(digits.rstrip(".").replace(",", ""))


def spelling(text: str) -> str:
    return re.sub(r"[\d.,]+", "#", text.strip()).removesuffix(".").strip()


def test_two_names_of_a_sentence_differ() -> None:
    for seed in range(40):
        one, other = sentence("{co};{co2}", Random(seed)).removesuffix(".").split(";")  # noqa: S311
        assert one != other.strip()


def test_more_than_half_is_neutral_and_both_ways_are_alike() -> None:
    labels = Counter(label for label, pattern in patterns() for _ in written(pattern, COPIES[label]))

    assert 0.45 < labels["neutral"] / labels.total() < 0.65
    assert labels["positive"] == pytest.approx(labels["negative"], rel=0.1)


def test_patterns_are_held_back_whole() -> None:
    part_of = {lesson.text: lesson.part for lesson in company_news()}

    assert {"train", "dev"} == set(part_of.values())
    for label, pattern in patterns():
        assert len({part_of[text] for text in written(pattern, COPIES[label])}) == 1
