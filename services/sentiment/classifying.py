"""The heads: embeddings in, three probabilities out, by one head for news and one for posts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.sentiment.scoring import KINDS, LABELS, Kind

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Regression:
    """A multinomial logistic regression over the encoder's embeddings."""

    weights: Matrix
    biases: Matrix

    def probabilities(self, row: Matrix) -> Matrix:
        powers = np.exp((scores := self.weights @ row + self.biases) - scores.max())
        return np.asarray(powers / powers.sum(), dtype=np.float32)


class Head:
    """One regression for each kind of text, since headlines are neutral more often than posts."""

    def __init__(self, regressions: Mapping[Kind, Regression], *, model: str, version: str) -> None:
        self._regressions = regressions
        self.model = model
        self.version = version

    @classmethod
    def load(cls, directory: Path) -> "Head":
        """Read head.json. Raises ValueError if its classes are not in the order of LABELS."""
        kept = json.loads((directory / "head.json").read_text())
        if tuple(kept["labels"]) != LABELS:
            raise ValueError(f"head.json has the classes {kept['labels']}, expected {LABELS}")
        return cls(
            {
                kind: Regression(
                    np.asarray(kept["heads"][kind]["weights"], dtype=np.float32),
                    np.asarray(kept["heads"][kind]["biases"], dtype=np.float32),
                )
                for kind in KINDS
            },
            model=kept["model"],
            version=kept["version"],
        )

    def probabilities(self, embeddings: Matrix, kind: Kind | None = None) -> Matrix:
        """float32[n, 384] to float32[n, 3]: negative, neutral, positive; each row sums to 1.

        Of texts whose kind is not known, the mean of what each head says.
        """
        asked = [self._regressions[kind]] if kind else list(self._regressions.values())
        # One row at a time: a matrix product may sum in another order for another number of rows.
        rows = [np.mean([one.probabilities(row) for one in asked], axis=0) for row in embeddings]
        return np.asarray(rows, dtype=np.float32).reshape(-1, len(LABELS))
