"""Writes the taught encoder as a small int8 ONNX graph that reads one text at a time."""

import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from transformers import BertModel

LONGEST = 512
"""Tokens of a window, as services.sentiment.encoding cuts them."""
WEIGHTS = "encoder.weights"
LARGE = 4096
"""Bytes of a constant from which on it is kept beside the graph."""


class MeanOfTokens(torch.nn.Module):  # type: ignore[misc]
    """The encoder and the mean over its last layer, one text at a time.

    One, because dynamic int8 derives its activation scale from the whole input: beside other texts, the same
    text would get another vector.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.encoder(input_ids=input_ids).last_hidden_state.mean(dim=1)


def write_encoder(encoder: BertModel, target: Path) -> None:
    """input_ids: int64[1, tokens] to mean: float32[1, 384], not normalised."""
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        _export(encoder, Path(folder) / "fp32.onnx")
        _quantize(Path(folder) / "fp32.onnx", target)
    forget_origin(target, weights=WEIGHTS)


def write_tokenizer(weights: Path, target: Path) -> None:
    """Without its fixed padding and truncation, which the reader of texts decides."""
    tokenizer = json.loads((weights / "tokenizer.json").read_text())
    tokenizer |= {"padding": None, "truncation": None}
    target.write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_encoder(source: Path, *, spread_by: int | None = None) -> dict[str, torch.Tensor]:
    """What `write_encoder` wrote, in fp32, by the names a BertModel gives it.

    A matrix has lost its name in the export; the bias that is added to its product has not. With the seed
    *spread_by* its values are spread at random over the step to which they were rounded.
    """
    graph = onnx.load(source).graph
    kept = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    found = {name: values for name, values in kept.items() if name.endswith(("bias", "LayerNorm.weight"))}
    for name in (name.removesuffix("_quantized") for name in kept if name.endswith(".weight_quantized")):
        values = kept[f"{name}_quantized"].astype(np.float32) - kept[f"{name}_zero_point"]
        found[name] = values * kept[f"{name}_scale"]
    biases = {node.input[0]: node.input[1] for node in graph.node if node.op_type == "Add"}
    dice = np.random.default_rng(spread_by)
    for node in (node for node in graph.node if node.op_type == "MatMulInteger"):
        values = kept[node.input[1]].astype(np.float32)
        if spread_by is not None:
            values += dice.uniform(-0.5, 0.5, values.shape).astype(np.float32)
        scale = kept[f"{node.input[1].removesuffix('_quantized')}_scale"]
        bias = biases[node.output[0].removesuffix("_output_quantized")]
        found[f"{bias.removesuffix('bias')}weight"] = (values * scale).T
    return {
        name.removeprefix("encoder."): torch.tensor(np.ascontiguousarray(values))
        for name, values in found.items()
    }


def _export(encoder: BertModel, target: Path) -> None:
    encoder.set_attn_implementation("eager")
    torch.onnx.export(
        MeanOfTokens(encoder.eval()),
        (torch.tensor([[101, 4518, 2003, 2039, 102]]),),
        str(target),
        input_names=["input_ids"],
        output_names=["mean"],
        dynamic_shapes=({1: torch.export.Dim("tokens", min=2, max=LONGEST)},),
        external_data=False,
        dynamo=True,
    )


def _quantize(source: Path, target: Path) -> None:
    """Weights per channel, activations dynamic."""
    tidy = source.with_name("tidy.onnx")
    quant_pre_process(source, tidy, skip_symbolic_shape=True)
    # Seven bits: with eight, CPUs without VNNI saturate in the sum and score differently.
    quantize_dynamic(tidy, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def forget_origin(path: Path, *, weights: str | None = None) -> None:
    """Drop the exporter's stack traces: their folder names would make the bytes differ by machine.

    With *weights* the large constants go into a file of that name beside it: onnxruntime maps such a file
    into memory, where it parses and copies what stands in the graph itself.
    """
    model = onnx.load(path)
    del model.metadata_props[:], model.graph.metadata_props[:]
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    if weights is None:
        onnx.save(model, path)
        return
    (apart := path.with_name(weights)).unlink(missing_ok=True)  # what is there would be added to
    onnx.save(model, path, save_as_external_data=True, location=weights, size_threshold=LARGE)
    apart.chmod(0o644)  # onnx lets nobody else read it
