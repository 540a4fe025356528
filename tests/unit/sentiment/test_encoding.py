"""The encoder: the same text gives the same vector, alone or in company, short or long."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from services.sentiment.encoding import WIDTH, WINDOW, Encoder, windows

MODEL_DIRECTORY = Path(__file__).parents[3] / "services" / "sentiment" / "model"
TEXTS = ["TSLA to the moon 🚀", "Shares sank after a profit warning", "ok", "word " * 700]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load(MODEL_DIRECTORY)


def test_each_text_becomes_a_unit_vector(encoder: Encoder) -> None:
    vectors = encoder.embed(TEXTS)

    assert vectors.shape == (len(TEXTS), WIDTH)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.embed([]).shape == (0, WIDTH)


def test_encoding_twice_gives_the_same_bytes(encoder: Encoder) -> None:
    again = Encoder.load(MODEL_DIRECTORY).embed(TEXTS)

    assert encoder.embed(TEXTS).tobytes() == again.tobytes()


def test_neighbours_and_order_do_not_change_a_vector(encoder: Encoder) -> None:
    together = encoder.embed(TEXTS)
    backwards = encoder.embed(TEXTS[::-1])[::-1]
    alone = np.concatenate([encoder.embed([text]) for text in TEXTS])

    assert together.tobytes() == backwards.tobytes() == alone.tobytes()


def test_what_means_the_same_lies_close_and_the_opposite_far(encoder: Encoder) -> None:
    up, also_up, down, soup = encoder.embed(
        ["The stock is rising", "The stock is going up", "The stock is sinking", "A recipe for soup"]
    )

    assert float(up @ also_up) > 0.8
    assert max(float(up @ down), float(up @ soup)) < 0.4


def test_every_part_of_a_long_text_counts(encoder: Encoder) -> None:
    calm = "The company held its annual meeting on Tuesday and the board was present. " * 60
    ending = "Then it went bankrupt and shareholders lost everything. " * 30
    without, with_ending, only_ending = encoder.embed([calm, calm + ending, ending])

    assert with_ending @ only_ending > without @ only_ending + 0.1


@pytest.mark.parametrize("tokens", [0, 1, 509, 510, 511, 1020, 1021, 4000])
def test_windows_hold_every_token_once_and_none_is_a_scrap(tokens: int) -> None:
    cut = list(windows(list(range(tokens))))

    assert [token for window in cut for token in window] == list(range(tokens))
    assert max(map(len, cut)) <= WINDOW - 2
    assert max(map(len, cut)) - min(map(len, cut)) <= 1


class CountsWindows:
    """In place of the network: the n-th window it is shown becomes the n-th axis."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def run(self, _outputs: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.lengths.append(inputs["input_ids"].shape[1])
        return [np.eye(WIDTH, dtype=np.float32)[len(self.lengths) - 1 : len(self.lengths)]]


def test_windows_are_pooled_by_their_tokens() -> None:
    network = CountsWindows()
    tokenizer = Tokenizer.from_file(str(MODEL_DIRECTORY / "tokenizer.json"))

    (vector,) = Encoder(network, tokenizer).embed(["profit " * 511])

    assert network.lengths == [257, 258]
    assert vector[1] / vector[0] == pytest.approx(258 / 257, rel=1e-5)


@pytest.mark.parametrize("odd", ["", "\ud83d", "\x00", "🚀" * 50, "x" * 9000, "\u200b", "النفط"])
def test_odd_texts_are_encoded_too(encoder: Encoder, odd: str) -> None:
    assert np.isfinite(encoder.embed([odd])).all()
