"""Reads back what a model directory holds, so that it can be taught further."""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from services.sentiment.scoring import KINDS
from tools.sentiment.finetuning import SCALE, SEED, Pupil


def take_up(pupil: Pupil, directory: Path) -> None:
    """Give the pupil the encoder and the heads of a model that `train` wrote, its int8 weights widened."""
    graph = onnx.load(directory / "encoder.onnx").graph
    kept = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    state = {
        name.removeprefix("encoder."): torch.from_numpy(values.copy())
        for name, values in {**kept, **_tables(kept), **_matrices(graph, kept)}.items()
        if name.removeprefix("encoder.") in pupil.encoder.state_dict()
    }
    pupil.encoder.load_state_dict(state)
    heads = json.loads((directory / "head.json").read_text())["heads"]
    for part, into in (("weights", pupil.heads.weight), ("biases", pupil.heads.bias)):
        rows = np.concatenate([np.asarray(heads[kind][part], dtype=np.float32) for kind in KINDS])
        into.data[: len(rows)] = torch.from_numpy(rows) / (SCALE if part == "weights" else 1)


def _tables(kept: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Of embeddings: one scale a table."""
    names = [name.removesuffix("_quantized") for name in kept if name.endswith(".weight_quantized")]
    return {
        name: (kept[f"{name}_quantized"].astype(np.float32) - kept[f"{name}_zero_point"])
        * kept[f"{name}_scale"]
        for name in names
    }


def _matrices(graph: onnx.GraphProto, kept: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """One scale a column; a matrix has lost its name, but stands before the bias that has kept it."""
    dice = np.random.default_rng(SEED)
    added = {node.input[0]: node.input[1] for node in graph.node if node.op_type == "Add"}
    found = {}
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            bias = added[node.output[0].removesuffix("_output_quantized")]
            given = node.input[1].removesuffix("_quantized")
            # Spread over the step that rounding left, or most of what is learned would be rounded off.
            spread = dice.uniform(-0.5, 0.5, kept[node.input[1]].shape).astype(np.float32)
            wide = (kept[node.input[1]] + spread) * kept[f"{given}_scale"]
            found[f"{bias.removesuffix('bias')}weight"] = np.ascontiguousarray(wide.T)
    return found
