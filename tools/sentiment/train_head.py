"""Train the classifier head on the project's own sentences; the same sentences give the same bytes.

    OMP_NUM_THREADS=1 python -m tools.sentiment.train_head

Reads sentences.jsonl and the encoder in services/sentiment/model; writes head.json beside the encoder.
Needs scikit-learn. The regularisation is the strongest within one standard error of the best accuracy
(Breiman et al. 1984, the one-standard-error rule); the temperature is fitted on held-out folds.
"""

import argparse
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from services.sentiment.encoding import Encoder
from services.sentiment.scoring import LABELS

SENTENCES = Path(__file__).parent / "sentences.jsonl"
MODEL_DIRECTORY = Path(__file__).parents[2] / "services" / "sentiment" / "model"
MODEL = "minilm-l6-int8-market"
GENERATION = 1
SEED = 7
FOLDS = 10
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lesson:
    """Sentences as vectors; `labels` index LABELS, `kinds` say news or social, `digest` is their file's."""

    digest: str
    vectors: NDArray[np.float32]
    labels: NDArray[np.int64]
    kinds: NDArray[np.str_]

    @property
    def strata(self) -> list[str]:
        return [f"{kind} {label}" for kind, label in zip(self.kinds, self.labels, strict=True)]


@dataclass(frozen=True)
class Trial:
    """One regularisation strength, judged on sentences held out of its training."""

    strength: float
    log_odds: Floats
    right: NDArray[np.bool_]

    @property
    def accuracy(self) -> float:
        return float(self.right.mean())

    @property
    def standard_error(self) -> float:
        return float(self.right.std() / np.sqrt(len(self.right)))


def lesson(sentences: Path, encoder: Encoder) -> Lesson:
    rows = [json.loads(line) for line in sentences.read_text().splitlines()]
    return Lesson(
        digest=hashlib.sha256(sentences.read_bytes()).hexdigest(),
        vectors=encoder.embed([row["text"] for row in rows]),
        labels=np.array([LABELS.index(row["label"]) for row in rows]),
        kinds=np.array([row["kind"] for row in rows]),
    )


def regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=5000, tol=1e-8, random_state=SEED)


def trial(taught: Lesson, strength: float) -> Trial:
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    splits = folds.split(taught.vectors, taught.strata)
    log_odds = cross_val_predict(
        regression(strength), taught.vectors, taught.labels, cv=splits, method="decision_function"
    )
    return Trial(strength, log_odds, log_odds.argmax(axis=1) == taught.labels)


def chosen(trials: list[Trial]) -> Trial:
    """The strongest regularisation whose accuracy is within one standard error of the best."""
    best = max(trials, key=lambda t: t.accuracy)
    return min(
        (t for t in trials if t.accuracy >= best.accuracy - best.standard_error), key=lambda t: t.strength
    )


def log_loss(log_odds: Floats, labels: NDArray[np.int64]) -> float:
    return float(-log_softmax(log_odds, axis=1)[np.arange(len(labels)), labels].mean())


def sharpness(held_out: Trial, labels: NDArray[np.int64]) -> float:
    """The factor on the log-odds that makes held-out confidence honest (1 / temperature)."""

    def loss(factor: float) -> float:
        return log_loss(factor * held_out.log_odds, labels)

    return round(float(minimize_scalar(loss, bounds=(0.5, 20), method="bounded").x), 3)


def figures(taught: Lesson, held_out: Trial, factor: float) -> dict[str, Any]:
    return {
        "sentences_sha256": taught.digest,
        "sentences": len(taught.labels),
        "per_label": dict(Counter(LABELS[label] for label in taught.labels)),
        "folds": FOLDS,
        "seed": SEED,
        "C": held_out.strength,
        "sharpness": factor,
        "held_out_accuracy": round(held_out.accuracy, 3),
        "held_out_log_loss": round(log_loss(factor * held_out.log_odds, taught.labels), 3),
        "held_out": {kind: held_out_figures(taught, held_out, kind) for kind in ("news", "social")},
    }


def held_out_figures(taught: Lesson, held_out: Trial, kind: str) -> dict[str, float]:
    of_kind = taught.kinds == kind
    found = held_out.log_odds[of_kind].argmax(axis=1)
    return {
        "sentences": int(of_kind.sum()),
        "accuracy": round(float(held_out.right[of_kind].mean()), 3),
        "macro_f1": round(float(f1_score(taught.labels[of_kind], found, average="macro")), 3),
    }


def head(directory: Path, taught: Lesson) -> dict[str, Any]:
    held_out = chosen([trial(taught, strength) for strength in STRENGTHS])
    factor = sharpness(held_out, taught.labels)
    fitted = regression(held_out.strength).fit(taught.vectors, taught.labels)
    encoder_digest = hashlib.sha256((directory / "encoder.onnx").read_bytes()).hexdigest()
    # Four places: what a solver or CPU adds beyond them is noise, and would change the bytes.
    weights = (factor * fitted.coef_).round(4).tolist()
    biases = (factor * fitted.intercept_).round(4).tolist()
    mark = hashlib.sha256(json.dumps([encoder_digest, weights, biases]).encode()).hexdigest()
    return {
        "model": MODEL,
        "version": f"{GENERATION}.{mark[:8]}",
        "labels": LABELS,
        "encoder_sha256": encoder_digest,
        "training": figures(taught, held_out, factor),
        "biases": biases,
        "weights": weights,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sentences", type=Path, default=SENTENCES)
    parser.add_argument("--model", type=Path, default=MODEL_DIRECTORY, help="directory of the encoder")
    parser.add_argument("--into", type=Path, default=MODEL_DIRECTORY / "head.json")
    asked = parser.parse_args()
    with threadpool_limits(1):
        trained = head(asked.model, lesson(asked.sentences, Encoder.load(asked.model)))
    asked.into.write_text(json.dumps(trained, indent=1) + "\n")
    print(trained["model"], trained["version"], json.dumps(trained["training"], indent=2))


if __name__ == "__main__":
    main()
