"""The heads: embeddings in, three probabilities out, by one head for news, one for posts, or both."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """One regression for each kind of text, since headlines are neutral more often than posts.

    *kinds* tells which kind a text of unknown kind is likely to be: probabilities in the order of KINDS.
    """

    def __init__(
        self, regressions: Mapping[Kind, Regression], kinds: Regression, *, model: str, version: str
    ) -> None:
        self._regressions = regressions
        self._kinds = kinds
        self.model = model
        self.version = version

    @classmethod
    def load(cls, directory: Path) -> "Head":
        """Read head.json. Raises ValueError if its classes are not in the order of LABELS."""
        kept = json.loads((directory / "head.json").read_text())
        if tuple(kept["labels"]) != LABELS:
            raise ValueError(f"head.json has the classes {kept['labels']}, expected {LABELS}")
        return cls(
            {kind: _regression(kept["heads"][kind]) for kind in KINDS},
            _regression(kept["kinds"]),
            model=kept["model"],
            version=kept["version"],
        )

    def probabilities(self, embeddings: Matrix, kind: Kind | None = None) -> Matrix:
        """float32[n, 384] to float32[n, 3]: negative, neutral, positive; each row sums to 1.

        Of texts whose kind is not known, what each head says, weighed by how likely that kind is.
        """
        # One row at a time: a matrix product may sum in another order for another number of rows.
        rows = [self._read(row, kind) for row in embeddings]
        return np.asarray(rows, dtype=np.float32).reshape(-1, len(LABELS))

    def _read(self, row: Matrix, kind: Kind | None) -> Matrix:
        if kind:
            return self._regressions[kind].probabilities(row)
        said = np.stack([self._regressions[one].probabilities(row) for one in KINDS])
        return np.asarray(self._kinds.probabilities(row) @ said, dtype=np.float32)


def _regression(kept: Mapping[str, Any]) -> Regression:
    return Regression(
        np.asarray(kept["weights"], dtype=np.float32), np.asarray(kept["biases"], dtype=np.float32)
    )
