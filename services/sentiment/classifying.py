"""The head: embeddings in, three probabilities out."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.sentiment.scoring import LABELS

Matrix = NDArray[np.float32]


class Head:
    """A multinomial logistic regression over the encoder's embeddings."""

    def __init__(self, weights: Matrix, biases: Matrix, *, model: str, version: str) -> None:
        self._weights = weights
        self._biases = biases
        self.model = model
        self.version = version

    @classmethod
    def load(cls, directory: Path) -> "Head":
        """Read head.json. Raises ValueError if its classes are not in the order of LABELS."""
        kept = json.loads((directory / "head.json").read_text())
        if tuple(kept["labels"]) != LABELS:
            raise ValueError(f"head.json has the classes {kept['labels']}, expected {LABELS}")
        return cls(
            np.asarray(kept["weights"], dtype=np.float32),
            np.asarray(kept["biases"], dtype=np.float32),
            model=kept["model"],
            version=kept["version"],
        )

    def probabilities(self, embeddings: Matrix) -> Matrix:
        """float32[n, 384] to float32[n, 3]: negative, neutral, positive; each row sums to 1."""
        # One row at a time: a matrix product may sum in another order for another number of rows.
        rows = [_softmax(self._weights @ row + self._biases) for row in embeddings]
        return np.asarray(rows, dtype=np.float32).reshape(-1, len(LABELS))


def _softmax(scores: Matrix) -> Matrix:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
