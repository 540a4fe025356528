"""Makes a model of a HuggingFace folder: exported, quantised, compared with the original, described.

    python -m tools.sentiment.importing FOLDER INTO --name NAME [--precision int8|fp32]

Runs where `tape model import` put torch, which nothing else needs. Prints one line of JSON.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization.shape_inference import quant_pre_process
from transformers import AutoConfig, AutoTokenizer, BertForSequenceClassification, pipeline

from services.sentiment.imported import CARD, GRAPH, TOKENIZER, WEIGHTS, Classifier, digest, mark_of
from services.sentiment.scoring import LABELS, readable
from tools.sentiment.exporting import forget_origin
from tools.sentiment.quantising import quantise

ROOT = Path(__file__).parents[2]
SAMPLE = (
    ROOT / "tests" / "unit" / "sentiment" / "own_test.jsonl",
    ROOT / "tests" / "unit" / "sentiment" / "social_test.jsonl",
    ROOT / "tools" / "sentiment" / "sentences.jsonl",
)
EVERY = 5
"""Of the training sentences every fifth is compared: enough for a tenth of a per cent, in a minute."""
LEAST_AGREEMENT = 0.99


class Refused(Exception):
    """The folder cannot be imported; the text says why and what to do."""


class Logits(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, model: BertForSequenceClassification) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def import_model(source: Path, into: Path, name: str, precision: str) -> dict[str, Any]:
    """Writes the files of a model below *into* and gives its card. Raises Refused."""
    config = _config(source)
    labels = _labels(config.id2label)
    model = BertForSequenceClassification.from_pretrained(source, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    write_tokenizer(tokenizer, into / TOKENIZER)
    write_graph(model, into / GRAPH, precision)
    card = _described(into, name, labels, min(config.max_position_embeddings, 512), config.pad_token_id or 0)
    card |= {"precision": precision, "source": source.name, "licence": _licence(source)}
    _write(into, card)
    card["agreement"], card["compared"] = agreement(into, model, tokenizer)
    if card["agreement"] < LEAST_AGREEMENT:
        raise Refused(
            f"{precision} agrees with the original on {card['agreement']:.2%} of {card['compared']} labels, "
            f"{LEAST_AGREEMENT:.0%} are needed" + ("; try --precision fp32" if precision == "int8" else "")
        )
    _write(into, card)
    return card


def _config(source: Path) -> Any:
    if not (source / "config.json").is_file():
        raise Refused(f"{source} has no config.json; name the folder of a HuggingFace model")
    config = AutoConfig.from_pretrained(source, local_files_only=True)
    if "BertForSequenceClassification" not in (config.architectures or ()):
        raise Refused(
            f"{source.name} is a {config.architectures}; only BertForSequenceClassification is read"
        )
    return config


def _labels(id2label: dict[int, str]) -> list[str]:
    labels = [id2label[place].lower() for place in sorted(id2label)]
    if sorted(labels) != sorted(LABELS):
        raise Refused(
            f"its classes are {labels}, not {', '.join(LABELS)}; name them in config.json's id2label"
        )
    return labels


def write_tokenizer(tokenizer: Any, target: Path) -> None:
    """Without padding and truncation, which the reader of texts decides."""
    kept = json.loads(tokenizer.backend_tokenizer.to_str()) | {"padding": None, "truncation": None}
    target.write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def write_graph(model: BertForSequenceClassification, target: Path, precision: str) -> None:
    """input_ids, attention_mask: int64[texts, tokens] to logits: float32[texts, 3]."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        plain, tidy = Path(folder) / "plain.onnx", Path(folder) / "tidy.onnx"
        _export(model, plain)
        if precision == "int8":
            quant_pre_process(plain, tidy, skip_symbolic_shape=True)
            quantise(tidy, target)
        else:
            shutil.copyfile(plain, target)
    forget_origin(target, weights=WEIGHTS)


def _export(model: BertForSequenceClassification, target: Path) -> None:
    model.set_attn_implementation("eager")
    sizes = {0: torch.export.Dim("texts", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
    ids = torch.tensor([[5, 6, 7, 8], [5, 6, 7, 0]])
    torch.onnx.export(
        Logits(model),
        (ids, torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])),
        str(target),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_shapes=(sizes, sizes),
        external_data=False,
        dynamo=True,
        verbose=False,
    )


def sample() -> list[str]:
    """Our own sentences, as a model reads them: all test sentences, and every fifth to train on."""
    *tests, training = [
        [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
        for path in SAMPLE
    ]
    return [readable(text) for text in (*(text for part in tests for text in part), *training[::EVERY])]


def agreement(directory: Path, model: BertForSequenceClassification, tokenizer: Any) -> tuple[float, int]:
    """The share of sentences that the written model and transformers give the same label, of how many."""
    texts = sample()
    original = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    wanted = [str(found["label"]).lower() for found in original(texts)]
    ours = [found.label for found in Classifier.load(directory)(texts)]
    same = sum(a == b for a, b in zip(wanted, ours, strict=True))
    return same / len(texts), len(texts)


def _described(
    directory: Path, name: str, labels: Sequence[str], window: int, padding: int
) -> dict[str, Any]:
    digests = {file: digest(directory / file) for file in (GRAPH, WEIGHTS, TOKENIZER)}
    card: dict[str, Any] = {"model": name, "labels": labels, "window": window, "padding": padding}
    card["sha256"] = digests
    card["bytes"] = {file: (directory / file).stat().st_size for file in digests}
    return card | {"version": mark_of(card)[:8], "mark": mark_of(card)}


def _licence(source: Path) -> str | None:
    """What the folder's own README says in its front matter."""
    readme = source / "README.md"
    said = (
        re.search(r"(?m)^license:\s*(\S+)", readme.read_text(encoding="utf-8")) if readme.exists() else None
    )
    return said.group(1) if said else None


def _write(directory: Path, card: dict[str, Any]) -> None:
    (directory / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    if "agreement" in card:
        (directory / "CARD.md").write_text(_as_page(card), encoding="utf-8")


def _as_page(card: dict[str, Any]) -> str:
    rows = {
        "source": f"the folder `{card['source']}`, BertForSequenceClassification",
        "licence": card["licence"] or "none found in the folder's README.md; ask whoever gave it to you",
        "classes": ", ".join(card["labels"]),
        "precision": card["precision"],
        "agreement": f"{card['agreement']:.2%} of {card['compared']} labels, beside transformers in fp32",
        **{file: f"{size:,} bytes, sha256 {card['sha256'][file]}" for file, size in card["bytes"].items()},
        "made by": f"`tape model import DIR --name {card['model']} --precision {card['precision']}`",
    }
    table = "\n".join(f"| {what} | {said} |" for what, said in rows.items())
    return f"# {card['model']} {card['version']}\n\n| | |\n|---|---|\n{table}\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("into", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    asked.into.mkdir(parents=True, exist_ok=True)
    try:
        card = import_model(asked.source, asked.into, asked.name, asked.precision)
    except (Refused, OSError, ValueError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 3
    print(json.dumps(card))
    return 0


if __name__ == "__main__":
    sys.exit(main())
