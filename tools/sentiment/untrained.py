"""Writes a small model of FinBERT's architecture, to try importing on; it knows our sentences by heart."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from services.sentiment.scoring import LABELS
from tools.sentiment.importing import sample

SEED = 7


def write_untrained(into: Path, labels: Sequence[str], **sizes: int) -> None:
    """A HuggingFace folder; *sizes* are BertConfig's."""
    torch.manual_seed(SEED)
    into.mkdir(parents=True, exist_ok=True)
    texts = sample()
    tokenizer = BertTokenizerFast(vocab=_vocabulary(texts), do_lower_case=True)
    config = BertConfig(
        vocab_size=len(tokenizer),
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
        # Wide enough that a text reaches the answer: with BERT's 0.02 all look alike before training.
        initializer_range=1 / sizes["hidden_size"] ** 0.5,
        **sizes,
    )
    model = BertForSequenceClassification(config).eval()
    _teach(model, tokenizer, texts)
    model.save_pretrained(into)
    tokenizer.save_pretrained(into)
    (into / "README.md").write_text("---\nlicense: apache-2.0\n---\nRandom weights.\n", encoding="utf-8")


def _vocabulary(texts: Sequence[str]) -> dict[str, int]:
    words = sorted({word for text in texts for word in text.lower().split() if word.isalpha()})
    letters = sorted({letter for text in texts for letter in text.lower() if not letter.isspace()})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = dict.fromkeys([*special, *letters, *(f"##{letter}" for letter in letters), *words[::3]])
    return {piece: place for place, piece in enumerate(pieces)}


def _teach(model: BertForSequenceClassification, tokenizer: BertTokenizerFast, texts: Sequence[str]) -> None:
    """Labels in turn, until they are no ties."""
    wanted = torch.arange(len(texts)) % len(LABELS)
    steps = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(40):
        for chosen in torch.randperm(len(texts)).split(64):
            given = tokenizer([texts[i] for i in chosen.tolist()], padding=True, return_tensors="pt")
            steps.zero_grad()
            torch.nn.functional.cross_entropy(model(**given).logits, wanted[chosen]).backward()
            steps.step()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("into", type=Path)
    parser.add_argument("--labels", default="positive,negative,neutral", help="in the order of the classes")
    parser.add_argument("--sizes", type=json.loads, required=True, help="of BertConfig, as JSON")
    asked = parser.parse_args()
    write_untrained(asked.into, asked.labels.split(","), **asked.sizes)


if __name__ == "__main__":
    main()
