"""The model that ships: complete, small, trained on what is kept beside it, and better than the word list."""

import hashlib
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.sentiment import MODEL_DIRECTORY, SOCIAL, judged, model_reader, social, vader_reader
from services.sentiment.classifying import Head
from services.sentiment.encoding import WIDTH, Encoder
from services.sentiment.scoring import LABELS
from tools.sentiment import train_head

SENTENCES = [json.loads(line) for line in train_head.SENTENCES.read_text().splitlines()]
KEPT: dict[str, Any] = json.loads((MODEL_DIRECTORY / "head.json").read_text())


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_head_was_trained_on_this_encoder_and_these_sentences() -> None:
    assert KEPT["encoder_sha256"] == digest(MODEL_DIRECTORY / "encoder.onnx")
    assert KEPT["training"]["sentences_sha256"] == digest(train_head.SENTENCES)


def test_the_encoder_fits_in_a_function() -> None:
    assert (MODEL_DIRECTORY / "encoder.onnx").stat().st_size < 30e6


def test_the_encoder_tells_nothing_of_the_machine_it_was_made_on() -> None:
    kept = (MODEL_DIRECTORY / "encoder.onnx").read_bytes()

    assert b"site-packages" not in kept
    assert b"modeling_bert" not in kept


def test_training_sentences_are_many_distinct_and_balanced() -> None:
    sizes = Counter((s["kind"], s["label"]) for s in SENTENCES)

    assert len(SENTENCES) >= 400
    assert len({s["text"].casefold() for s in SENTENCES}) == len(SENTENCES)
    assert set(sizes) == {(kind, label) for kind in ("news", "social") for label in LABELS}
    assert all(a == b for kind in ("news", "social") for a, b in pairwise(sizes[kind, x] for x in LABELS))


def test_no_test_sentence_was_trained_on() -> None:
    tested = {json.loads(line)["text"].casefold() for line in SOCIAL.read_text().splitlines()}

    assert len(tested) >= 60
    assert not tested & {s["text"].casefold() for s in SENTENCES}


def test_training_again_gives_the_same_head(tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join(json.dumps(s) + "\n" for s in SENTENCES[::12]))
    encoder = Encoder.load(MODEL_DIRECTORY)
    first, second = (
        json.dumps(train_head.head(MODEL_DIRECTORY, train_head.lesson(few, encoder))) for _ in range(2)
    )

    assert first == second


def test_the_model_beats_the_word_list_on_social_posts_it_never_saw() -> None:
    model, vader = judged(social(), model_reader()), judged(social(), vader_reader())

    assert model.accuracy > vader.accuracy
    assert model.macro_f1 > vader.macro_f1


def test_probabilities_sum_to_one_and_do_not_depend_on_the_batch() -> None:
    head = Head.load(MODEL_DIRECTORY)
    vectors = np.random.default_rng(1).normal(size=(9, WIDTH)).astype(np.float32)
    together = head.probabilities(vectors)

    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)
    assert together[4:5].tobytes() == head.probabilities(vectors[4:5]).tobytes()
    assert head.probabilities(vectors[:0]).shape == (0, 3)


def test_a_head_with_other_classes_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text(json.dumps(KEPT | {"labels": ["positive", "neutral", "negative"]}))

    with pytest.raises(ValueError, match="expected"):
        Head.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("worst stock market in years", "negative"),
        ("GME to the moon 🚀🚀🚀", "positive"),
        ("What time does the market open?", "neutral"),
    ],
)
def test_plain_words_are_understood(text: str, label: str) -> None:
    assert model_reader()([text]) == [label]
