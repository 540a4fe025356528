"""An imported model: its classes are found by name, its texts windowed, its files what they were.

The model in `imported/` was written by `tools.sentiment.untrained` and `tape model import`: two layers
that know our sentences by heart and nothing else.
"""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from services.sentiment import imported
from services.sentiment.deployed import _Loaded, deployed
from services.sentiment.imported import Classifier, ModelDamaged, mark_of
from services.sentiment.lexicon import Lexicon
from services.sentiment.readers import Reader, ReadTexts

FOLDER = Path(__file__).parent / "imported"
KEPT: dict[str, Any] = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
ODD = ["", "\x00", "\ud83d", "🚀" * 50, "النفط يرتفع", "x" * 9000, "up " * 15000]
TEXTS = ["GME to the moon", "Shares sank after a profit warning", "ok", "word " * 700, *ODD]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(FOLDER)


def copied(into: Path, **changes: object) -> Path:
    shutil.copytree(FOLDER, into)
    (into / "model.json").write_text(json.dumps(KEPT | changes), encoding="utf-8")
    return into


def test_every_text_odd_or_long_is_read_and_says_by_which_model(classifier: Classifier) -> None:
    found = classifier(TEXTS)

    assert len(found) == len(TEXTS)
    assert {(r.method, r.model, r.version) for r in found} == {("model", "tiny", KEPT["version"])}
    assert len({r.label for r in found}) > 1


def test_a_text_reads_the_same_alone_and_in_any_company(classifier: Classifier) -> None:
    together = classifier(TEXTS)

    assert [classifier([text])[0] for text in TEXTS] == together
    assert classifier(TEXTS[::-1])[::-1] == together


def test_no_texts_have_no_readings(classifier: Classifier) -> None:
    assert classifier([]) == []


def test_the_marks_around_a_ticker_are_not_read(classifier: Classifier) -> None:
    assert classifier(["« AMD » soars"]) == classifier(["AMD soars"])


class Says:
    """In place of the network: the same three log-odds for every row, and what it was asked."""

    def __init__(self, *logits: float) -> None:
        self.logits, self.asked = logits, []  # type: ignore[var-annotated]

    def run(self, _outputs: list[str], inputs: dict[str, Any]) -> Sequence[Any]:
        self.asked.append(inputs)
        return [np.array([self.logits] * len(inputs["input_ids"]))]


def reading_of(network: object, text: str = "a text", **changes: object) -> Any:
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    (found,) = Classifier(network, tokenizer, KEPT | changes)([text])  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    "labels", [["positive", "negative", "neutral"], ["neutral", "positive", "negative"]], ids=["one", "other"]
)
def test_classes_are_found_by_name_whatever_their_order(labels: list[str]) -> None:
    network = Says(*({"negative": 0.0, "neutral": 1.0, "positive": 3.0}[label] for label in labels))

    found = reading_of(network, labels=labels)

    assert found.label == "positive"
    assert [float(p) for p in found.probabilities] == pytest.approx([0.042, 0.114, 0.844], abs=0.001)


def test_windows_hold_512_tokens_and_are_pooled_by_their_count() -> None:
    class ByLength(Says):
        def run(self, outputs: list[str], inputs: dict[str, Any]) -> Sequence[Any]:
            super().run(outputs, inputs)
            lengths = inputs["attention_mask"].sum(axis=1)
            return [np.where(lengths[:, None] == 343, [[50.0, 0, 0]], [[0, 50.0, 0]])]

    network = ByLength()
    found = reading_of(network, "$ " * 1021, labels=["negative", "neutral", "positive"])

    lengths = sorted(int(row.sum()) for asked in network.asked for row in asked["attention_mask"])
    assert lengths == [342, 342, 343]
    assert float(found.probabilities[0]) == pytest.approx(343 / 1027, abs=0.001)
    assert max(asked["input_ids"].size for asked in network.asked) <= imported.BUDGET


def test_padding_is_masked_and_filled_with_the_padding_token() -> None:
    network = Says(0, 0, 1)
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    Classifier(network, tokenizer, KEPT | {"padding": 7})(["$", "$ $ $"])
    (asked,) = network.asked

    assert asked["attention_mask"].tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert asked["input_ids"][0, 3:].tolist() == [7, 7]


def test_other_classes_are_refused_by_name(tmp_path: Path) -> None:
    folder = copied(tmp_path / "m", labels=["bearish", "neutral", "bullish"])

    with pytest.raises(ValueError, match="bearish"):
        Classifier.load(folder)


@pytest.mark.parametrize("name", ["model.onnx", "model.weights", "tokenizer.json"])
def test_a_changed_file_is_not_loaded(tmp_path: Path, name: str) -> None:
    folder = copied(tmp_path / "m")
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")

    with pytest.raises(ModelDamaged, match=name):
        Classifier.load(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what is mapped")
def test_weights_are_mapped_into_memory(classifier: Classifier) -> None:
    assert str(FOLDER / "model.weights") in Path("/proc/self/maps").read_text(encoding="utf-8")


def test_a_card_of_another_model_is_not_believed(tmp_path: Path) -> None:
    folder = copied(tmp_path / "m", labels=KEPT["labels"][::-1])

    with pytest.raises(ModelDamaged, match="belongs to"):
        Classifier.load(folder, mark=KEPT["mark"])


def test_the_mark_is_a_digest_of_what_decides_scores() -> None:
    assert mark_of(KEPT) == KEPT["mark"]
    assert mark_of(KEPT | {"labels": KEPT["labels"][::-1]}) != KEPT["mark"]
    assert KEPT["version"] == KEPT["mark"][:8]


def test_a_model_of_the_image_is_read_from_its_folder() -> None:
    def fetch(key: str) -> Path:
        raise AssertionError(key)

    assert deployed(str(FOLDER), fetch)(["ok"])[0].model == "tiny"


def test_a_model_that_is_gone_leaves_the_lexicon_and_is_told() -> None:
    def fetch(key: str) -> Path:
        raise ConnectionError(f"no {key}")

    told: list[object] = []
    read = Reader(
        deployed("models/tiny/0", fetch),
        fallback=Lexicon().read,
        report=lambda *, extra: told.append(extra["reason"]),
    )

    assert [found.method for found in read(["GME is great"])] == ["fallback"]
    assert told == ["ConnectionError: no models/tiny/0"]


def test_a_model_that_could_not_be_loaded_is_tried_again_a_minute_later_and_not_before() -> None:
    tries: list[float] = []
    now = [0.0]

    def fetch() -> ReadTexts:
        tries.append(now[0])
        if len(tries) < 3:
            raise ConnectionError("no bucket")
        return lambda texts: []

    read = _Loaded(fetch, clock=lambda: now[0])
    for moment in (0.0, 59.9, 60.0, 61.0, 119.9):
        now[0] = moment
        with pytest.raises(ConnectionError):
            read(["up"])
    now[0] = 120.0
    assert read(["up"]) == []
    assert tries == [0.0, 60.0, 120.0]


def test_the_packaged_model_needs_no_bucket() -> None:
    def fetch(key: str) -> Path:
        raise AssertionError(key)

    assert deployed("packaged", fetch, kind="social")(["GME to the moon"])[0].label == "positive"
