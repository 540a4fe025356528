"""An imported classifier: texts in, readings out, by an ONNX graph of three classes on one thread."""

import json
from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.sentiment.batching import batches
from services.sentiment.encoding import windows
from services.sentiment.scoring import LABELS, Reading, readable, reading

Matrix = NDArray[np.float64]

GRAPH, WEIGHTS, TOKENIZER, CARD = "model.onnx", "model.weights", "tokenizer.json", "model.json"
"""The graph names its weights, which are mapped into memory."""
BUDGET = 1024
"""Tokens of a batch, padding counted: beyond it throughput no longer grows, memory does."""
SPECIALS = 2
"""Tokens of a window that are not the text's: the one before it and the one after it."""
_MARKS = str.maketrans("«»", "  ")


class ModelDamaged(Exception):
    """The files of a model are not those that were imported."""


class Session(Protocol):
    def run(self, outputs: list[str], inputs: dict[str, NDArray[np.int64]]) -> Sequence[Any]: ...


class Classifier:
    """A graph of input_ids, attention_mask: int64[texts, tokens] to logits: float[texts, 3].

    *card* says `model`, `version`, `labels` (the classes in the order of the logits), `window` (tokens the
    graph takes at once) and `padding` (the token that fills a row).
    """

    def __init__(self, session: Session, tokenizer: Tokenizer, card: dict[str, Any]) -> None:
        if sorted(card["labels"]) != sorted(LABELS):
            raise ValueError(f"{CARD} has the classes {card['labels']}, expected {LABELS} in any order")
        self._session, self._tokenizer, self._card = session, tokenizer, card
        self._columns = [card["labels"].index(label) for label in LABELS]
        self._first, self._last = tokenizer.encode("").ids

    @classmethod
    def load(cls, directory: Path, mark: str | None = None) -> "Classifier":
        """Raises ModelDamaged when a file, or with *mark* the whole, is not what was imported."""
        card = json.loads((directory / CARD).read_text(encoding="utf-8"))
        _check(directory, card, mark)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(directory / GRAPH, options, providers=["CPUExecutionProvider"])
        return cls(session, Tokenizer.from_file(str(directory / TOKENIZER)), card)

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        """A reading for each text. A text longer than a window is cut into windows of nearly equal length,
        and their probabilities are averaged by token count."""
        cut = [list(windows(self._tokens(text), self._card["window"] - SPECIALS)) for text in texts]
        rows = iter(self._probabilities([window for of_text in cut for window in of_text]))
        return [self._reading([next(rows) for _ in of_text], of_text) for of_text in cut]

    def _tokens(self, text: str) -> list[int]:
        # The marks around a ticker are what the packaged model was taught; others never saw them.
        plain = readable(text.translate(_MARKS))
        return list(self._tokenizer.encode(plain, add_special_tokens=False).ids)

    def _probabilities(self, cut: Sequence[list[int]]) -> Matrix:
        found = np.empty((len(cut), len(LABELS)))
        for batch in batches([len(window) + SPECIALS for window in cut], BUDGET):
            (logits,) = self._session.run(["logits"], self._padded([cut[i] for i in batch]))
            found[batch] = _softmax(np.asarray(logits, dtype=np.float64)[:, self._columns])
        return found

    def _padded(self, batch: Sequence[list[int]]) -> dict[str, NDArray[np.int64]]:
        width = max(map(len, batch)) + SPECIALS
        ids = np.full((len(batch), width), self._card["padding"], dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(batch):
            ids[row, : len(window) + SPECIALS] = [self._first, *window, self._last]
            mask[row, : len(window) + SPECIALS] = 1
        return {"input_ids": ids, "attention_mask": mask}

    def _reading(self, rows: Sequence[Matrix], cut: Sequence[list[int]]) -> Reading:
        pooled = np.average(rows, axis=0, weights=[len(window) + SPECIALS for window in cut])
        return reading(
            pooled.tolist(), method="model", model=self._card["model"], version=self._card["version"]
        )


def mark_of(card: dict[str, Any]) -> str:
    """Names a model by what decides its scores: its files, its classes, its window."""
    decisive = [card["sha256"], card["labels"], card["window"], card["padding"]]
    return sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _check(directory: Path, card: dict[str, Any], mark: str | None) -> None:
    for name, wanted in card["sha256"].items():
        if digest(directory / name) != wanted:
            raise ModelDamaged(f"{name} of {card['model']} is not the one that was imported; import it again")
    if mark is not None and mark_of(card) != mark:
        raise ModelDamaged(f"{CARD} of {card['model']} belongs to {mark_of(card)}, not to {mark}")


def _softmax(logits: Matrix) -> Matrix:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
