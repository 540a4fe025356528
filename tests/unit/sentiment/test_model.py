"""The model that ships: complete, small, trained on what is kept beside it, and better than the word list."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.sentiment import OWN, SOCIAL, Sample, measured, model_reader, own, social, vader_reader
from services.sentiment.classifying import Head
from services.sentiment.encoding import WIDTH, Encoder
from services.sentiment.readers import MODEL_DIRECTORY
from services.sentiment.scoring import KINDS, LABELS, Kind
from tools.sentiment import lessons
from tools.sentiment.company_news import PATTERNS
from tools.sentiment.read_posts import READ

SENTENCES = [json.loads(line) for line in lessons.SENTENCES.read_text().splitlines()]
AGENCY = "The company's board proposes a dividend of EUR 0.40 per share for 2009."
KEPT: dict[str, Any] = json.loads((MODEL_DIRECTORY / "head.json").read_text())


ENCODER = [MODEL_DIRECTORY / name for name in ("encoder.onnx", "encoder.weights")]


def digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def test_the_heads_belong_to_this_encoder_and_these_sentences() -> None:
    assert KEPT["encoder_sha256"] == digest(*ENCODER)
    for path in (lessons.SENTENCES, PATTERNS, READ):
        assert KEPT["training"]["sha256"][path.name] == digest(path)


def test_the_version_is_a_digest_of_encoder_and_heads() -> None:
    mark = hashlib.sha256(
        json.dumps([KEPT["encoder_sha256"], KEPT["heads"], KEPT["kinds"]]).encode()
    ).hexdigest()
    assert KEPT["version"].partition(".")[2] == mark[:8]


def test_the_encoder_fits_in_a_function() -> None:
    assert sum(path.stat().st_size for path in ENCODER) < 30e6


def test_the_encoder_tells_nothing_of_the_machine_it_was_made_on() -> None:
    kept = b"".join(path.read_bytes() for path in ENCODER)

    assert b"site-packages" not in kept
    assert b"modeling_bert" not in kept


def test_training_sentences_are_many_and_distinct_and_no_label_is_rare() -> None:
    sizes = Counter((s["kind"], s["label"]) for s in SENTENCES)

    assert len(SENTENCES) >= 3200
    assert len({(s["text"].casefold(), s.get("ticker")) for s in SENTENCES}) == len(SENTENCES)
    assert set(sizes) == {(kind, label) for kind in KINDS for label in LABELS}
    assert min(sizes.values()) > 0.1 * len(SENTENCES)


def test_no_test_sentence_was_trained_on() -> None:
    tested = [
        json.loads(line)["text"].casefold()
        for path in (SOCIAL, OWN)
        for line in path.read_text().splitlines()
    ]

    assert len(tested) >= 450
    written = {lesson.text.casefold() for lesson in lessons.company_news()}
    assert not set(tested) & ({s["text"].casefold() for s in SENTENCES} | written)


@pytest.mark.parametrize("sample", [social(), *own()], ids=lambda sample: sample.name)
def test_the_model_beats_the_word_list_on_sentences_it_never_saw(sample: Sample) -> None:
    ours, theirs = measured(sample, model_reader(sample.kind)), measured(sample, vader_reader())
    assert ours.verdict.accuracy > theirs.verdict.accuracy


def test_the_model_finds_neutral_posts_neutral() -> None:
    assert (measured(social(), model_reader("social")).verdict.neutral_recall or 0) > 0.7


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_probabilities_sum_to_one_and_do_not_depend_on_the_batch(kind: Kind | None) -> None:
    head = Head.load(MODEL_DIRECTORY)
    vectors = np.random.default_rng(1).normal(size=(9, WIDTH)).astype(np.float32)
    together = head.probabilities(vectors, kind)

    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)
    assert together[4:5].tobytes() == head.probabilities(vectors[4:5], kind).tobytes()
    assert head.probabilities(vectors[:0], kind).shape == (0, 3)


@pytest.mark.parametrize(("leaning", "weight_of_posts"), [(-50.0, 0.0), (0.0, 0.5), (50.0, 1.0)])
def test_a_text_of_unknown_kind_is_read_by_both_heads_as_its_kind_is_likely(
    leaning: float, weight_of_posts: float, tmp_path: Path
) -> None:
    nothing = [[0.0] * WIDTH, [0.0] * WIDTH]
    kept = KEPT | {"kinds": {"weights": nothing, "biases": [0.0, leaning]}}
    (tmp_path / "head.json").write_text(json.dumps(kept))
    head = Head.load(tmp_path)
    vectors = np.random.default_rng(2).normal(size=(3, WIDTH)).astype(np.float32)
    news, posts = (head.probabilities(vectors, kind) for kind in KINDS)
    mixed = (1 - weight_of_posts) * news + weight_of_posts * posts

    assert not np.allclose(news, posts)
    np.testing.assert_allclose(head.probabilities(vectors), mixed, rtol=1e-5)


def test_slang_is_read_as_a_post_and_agency_english_as_news() -> None:
    head, encoder = Head.load(MODEL_DIRECTORY), Encoder.load(MODEL_DIRECTORY)
    for text, kind in (("lmao still bagholding this pig", "social"), (AGENCY, "news")):
        vectors = encoder.embed([text])
        away = {
            one: abs(head.probabilities(vectors) - head.probabilities(vectors, one)).sum() for one in KINDS
        }
        assert min(away, key=lambda one: away[one]) == kind


def test_a_head_with_other_classes_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text(json.dumps(KEPT | {"labels": ["positive", "neutral", "negative"]}))

    with pytest.raises(ValueError, match="expected"):
        Head.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("worst stock market in years", "negative"),
        ("GME to the moon", "positive"),
        ("GME to the moon 🚀🚀🚀", "positive"),
        ("What time does the market open?", "neutral"),
    ],
)
@pytest.mark.parametrize("kind", ["social", None])
def test_plain_words_are_understood(text: str, label: str, kind: Kind | None) -> None:
    assert model_reader(kind)([text]) == [label]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("« AMD » soars while INTC sinks", "positive"),
        ("AMD soars while « INTC » sinks", "negative"),
    ],
)
def test_two_tickers_of_one_sentence_have_their_own_fates(text: str, label: str) -> None:
    assert model_reader("social")([text]) == [label]
