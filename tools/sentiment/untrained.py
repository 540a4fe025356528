"""Writes models of FinBERT's architecture with random weights, to try importing on; they know nothing."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from services.sentiment.readers import MODEL_DIRECTORY
from services.sentiment.scoring import LABELS
from tools.sentiment.importing import sample

SEED = 7
TAUGHT_WHOLE = 64
"""Width up to which all of a model is taught, which takes seconds; of a wider one only the head is fitted."""


def write_untrained(into: Path, labels: Sequence[str], **sizes: int) -> None:
    """A HuggingFace folder. The model learns our sentences by heart, so that its labels are no ties."""
    torch.manual_seed(SEED)
    into.mkdir(parents=True, exist_ok=True)
    texts = sample()
    small = sizes.get("hidden_size", 768) <= TAUGHT_WHOLE
    tokenizer = BertTokenizerFast(
        vocab=_small_vocabulary(texts) if small else _vocabulary(), do_lower_case=True
    )
    config = BertConfig(
        vocab_size=len(tokenizer),
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
        # Wide enough that a text reaches the answer: with BERT's 0.02 all look alike before training.
        initializer_range=1 / sizes.get("hidden_size", 768) ** 0.5,
        **sizes,
    )
    model = BertForSequenceClassification(config).eval()
    (_teach if small else _fit_head)(model, tokenizer, texts)
    model.save_pretrained(into)
    tokenizer.save_pretrained(into)
    (into / "README.md").write_text("---\nlicense: apache-2.0\n---\nRandom weights.\n", encoding="utf-8")


def _vocabulary() -> dict[str, int]:
    """BERT's own for English in lower case, which the packaged model has too."""
    return dict(Tokenizer.from_file(str(MODEL_DIRECTORY / "tokenizer.json")).get_vocab())


def _small_vocabulary(texts: Sequence[str]) -> dict[str, int]:
    words = sorted({word for text in texts for word in text.lower().split() if word.isalpha()})
    letters = sorted({letter for text in texts for letter in text.lower() if not letter.isspace()})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = dict.fromkeys([*special, *letters, *(f"##{letter}" for letter in letters), *words[::3]])
    return {piece: place for place, piece in enumerate(pieces)}


def _teach(model: BertForSequenceClassification, tokenizer: BertTokenizerFast, texts: Sequence[str]) -> None:
    wanted = torch.arange(len(texts)) % len(LABELS)
    steps = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(40):
        for chosen in torch.randperm(len(texts)).split(64):
            given = tokenizer([texts[i] for i in chosen.tolist()], padding=True, return_tensors="pt")
            steps.zero_grad()
            torch.nn.functional.cross_entropy(model(**given).logits, wanted[chosen]).backward()
            steps.step()


def _fit_head(
    model: BertForSequenceClassification, tokenizer: BertTokenizerFast, texts: Sequence[str]
) -> None:
    """Least squares on fewer sentences than the vectors are wide."""
    chosen = texts[: model.config.hidden_size // 2]
    with torch.no_grad():
        rows = [model.bert(**tokenizer(text, return_tensors="pt")).pooler_output for text in chosen]
        pooled = torch.cat(rows).double()
        middle = pooled.mean(dim=0)
        targets = 6 * torch.eye(len(LABELS), dtype=torch.double)[torch.arange(len(chosen)) % len(LABELS)]
        square = (pooled - middle).T @ (pooled - middle)
        square += 1e-3 * square.trace() / len(square) * torch.eye(len(square))
        weights = torch.linalg.solve(square, (pooled - middle).T @ (targets - targets.mean(dim=0)))
        model.classifier.weight.copy_(weights.T)
        model.classifier.bias.copy_(targets.mean(dim=0) - middle @ weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("into", type=Path)
    parser.add_argument("--labels", default="positive,negative,neutral", help="in the order of the classes")
    parser.add_argument("--sizes", type=json.loads, default={}, help="of BertConfig, as JSON")
    asked = parser.parse_args()
    write_untrained(asked.into, asked.labels.split(","), **asked.sizes)


if __name__ == "__main__":
    main()
