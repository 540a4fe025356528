"""Takes up a model of ours where an earlier course left it."""

import json
from pathlib import Path

import numpy as np
import torch

from services.sentiment.scoring import KINDS
from tools.sentiment.exporting import read_encoder
from tools.sentiment.finetuning import SCALE, SEED, Pupil


def take_up(pupil: Pupil, directory: Path) -> None:
    """Give the pupil the encoder and the heads of a model that `train` wrote.

    Its weights are spread over their rounding steps: on the grid, most of what is learned would be rounded
    off again. What tells the kinds apart is learned anew.
    """
    pupil.encoder.load_state_dict(read_encoder(directory / "encoder.onnx", spread_by=SEED))
    heads = json.loads((directory / "head.json").read_text())["heads"]
    for part, into in (("weights", pupil.heads.weight), ("biases", pupil.heads.bias)):
        rows = np.concatenate([np.asarray(heads[kind][part], dtype=np.float32) for kind in KINDS])
        into.data[: len(rows)] = torch.from_numpy(rows) / (SCALE if part == "weights" else 1)
