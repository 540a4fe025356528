"""Writes the packaged encoder as transformers has it: as it is, and grown to the size of BERT-base.

    python -m tools.sentiment.widened INTO

Below INTO: `own`, a BertModel of the packaged weights in fp32, and `base`, a classifier of FinBERT's size and
kind. The first six layers of that one compute what the packaged six do, every number twice; six more are as
BERT begins; its head is fitted on our labelled sentences. So it has been taught something, and its labels are
no ties, as those of random weights are. Runs where `tape model import` put torch.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

from services.sentiment.readers import MODEL_DIRECTORY
from services.sentiment.scoring import readable
from tools.sentiment.exporting import read_encoder
from tools.sentiment.importing import SAMPLE

OWN = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
CLASSES = ("positive", "negative", "neutral")
"""In FinBERT's order."""
LESSONS = 600
SEED = 7

Weights = dict[str, torch.Tensor]


def packaged() -> Weights:
    """The packaged encoder."""
    return read_encoder(MODEL_DIRECTORY / "encoder.onnx")


def _config(**sizes: int) -> BertConfig:
    labels = dict(enumerate(CLASSES))
    return BertConfig(id2label=labels, label2id={name: place for place, name in labels.items()}, **sizes)


def own(weights: Weights) -> BertModel:
    model = BertModel(_config(**OWN), add_pooling_layer=False)
    model.load_state_dict(weights)
    return model.eval()


def base(weights: Weights, tokenizer: BertTokenizerFast) -> BertForSequenceClassification:
    torch.manual_seed(SEED)
    model = BertForSequenceClassification(_config()).eval()
    model.bert.load_state_dict({name: _twice(name, values) for name, values in weights.items()}, strict=False)
    _let_through(model, tokenizer)
    _fit_head(model, tokenizer)
    return model


def _twice(name: str, values: torch.Tensor) -> torch.Tensor:
    """The weights with which doubled numbers give the doubled result. Heads stay twelve, twice as wide."""
    heads = OWN["num_attention_heads"]
    split = (heads, -1)
    if ".self." in name:
        wide = torch.cat([values.unflatten(0, split)] * 2, dim=1).flatten(0, 1)
        # A product of doubled vectors is twice as large, and is divided by √64 instead of √32.
        wide = wide if ".value." in name else wide * 0.5**0.25
        return torch.cat([wide / 2] * 2, dim=1) if values.dim() == 2 else wide
    if "attention.output.dense.weight" in name:
        return torch.cat([torch.cat([values.unflatten(1, split) / 2] * 2, dim=2).flatten(1)] * 2)
    if "embeddings" in name and values.dim() == 2:
        return torch.cat([values] * 2, dim=1)
    wide = torch.cat([values] * 2)
    return torch.cat([wide / 2] * 2, dim=1) if values.dim() == 2 else wide


def _let_through(model: BertForSequenceClassification, tokenizer: BertTokenizerFast) -> None:
    """The upper layers add what BERT's first weights add, and norm to what they were given."""
    given = tokenizer(_lessons()[0][:32], padding=True, return_tensors="pt")
    layers = model.bert.encoder.layer
    with torch.no_grad():
        seen = model.bert(**given, output_hidden_states=True).hidden_states[OWN["num_hidden_layers"]]
        for layer in layers[OWN["num_hidden_layers"] :]:
            for norm in (layer.attention.output.LayerNorm, layer.output.LayerNorm):
                norm.weight.fill_(seen.std(dim=2).mean())
                norm.bias.fill_(seen.mean())
        model.bert.pooler.dense.weight.copy_(torch.eye(model.config.hidden_size) / 2)


def _lessons() -> tuple[list[str], torch.Tensor]:
    rows = [json.loads(line) for line in SAMPLE[-1].read_text(encoding="utf-8").splitlines()]
    chosen = rows[:: max(1, len(rows) // LESSONS)]
    labels = [CLASSES.index(row["label"]) for row in chosen]
    return [readable(row["text"]) for row in chosen], torch.tensor(labels)


def _fit_head(model: BertForSequenceClassification, tokenizer: BertTokenizerFast) -> None:
    texts, labels = _lessons()
    with torch.no_grad():
        pooled = torch.cat(list(_pooled(model, tokenizer, texts)))
    head = model.classifier
    steps = torch.optim.LBFGS(head.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def lost() -> torch.Tensor:
        steps.zero_grad()
        loss = torch.nn.functional.cross_entropy(head(pooled), labels) + 1e-2 * head.weight.square().sum()
        loss.backward()
        return loss

    steps.step(lost)


def _pooled(
    model: BertForSequenceClassification, tokenizer: BertTokenizerFast, texts: list[str]
) -> Iterator[torch.Tensor]:
    for first in range(0, len(texts), 16):
        given = tokenizer(texts[first : first + 16], padding=True, return_tensors="pt")
        yield model.bert(**given).pooler_output


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("into", type=Path)
    into = parser.parse_args().into
    tokenizer = BertTokenizerFast(tokenizer_file=str(MODEL_DIRECTORY / "tokenizer.json"), do_lower_case=True)
    weights = packaged()
    for name, model in {"own": own(weights), "base": base(weights, tokenizer)}.items():
        model.save_pretrained(into / name)
        tokenizer.save_pretrained(into / name)


if __name__ == "__main__":
    main()
