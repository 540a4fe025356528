"""Teaches the encoder and its heads together, end to end, on one thread."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from services.sentiment.scoring import KINDS, LABELS, readable
from tools.sentiment.lessons import Lesson

SEED = 7
EPOCHS = 4
BATCH = 32
LONGEST = 96
"""Tokens of a lesson; the rest is cut off."""
RATE = 2e-4
RATE_OF_HEADS = 2e-3
EACH_LAYER_BELOW = 0.9
"""How much slower a layer learns than the one above it: what is general should stay."""
WARM_UP = 0.06
SMOOTHING = 0.05
SCALE = 10.0
"""Unit vectors are this much longer for the heads while these learn, which makes their steps fit."""
BALANCE = {"news": 0.25, "social": 1.0}
"""0 leaves the labels as frequent as they are, 1 makes them count alike. Most headlines are neutral, here and
where the model is used; what posts will be nobody knows."""
BATCHES_OF_ONE_SORTING = 32

Batch = Sequence[Lesson]


@dataclass
class Pupil:
    """The encoder and one linear head for each of KINDS, in one matrix."""

    tokenizer: Tokenizer
    encoder: BertModel
    heads: torch.nn.Linear

    def log_odds(self, batch: Batch) -> torch.Tensor:
        """float32[batch, labels], by the head of each lesson's own kind."""
        tokens = [torch.tensor(self.tokenizer.encode(readable(lesson.text)).ids) for lesson in batch]
        ids = torch.nn.utils.rnn.pad_sequence(tokens, batch_first=True)
        real = torch.nn.utils.rnn.pad_sequence([torch.ones(len(t)) for t in tokens], batch_first=True)
        # On a CPU with AVX512-BF16 this is three times as fast, and as good.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            last = self.encoder(input_ids=ids, attention_mask=real).last_hidden_state
        means = (last.float() * real.unsqueeze(2)).sum(1) / real.sum(1, keepdim=True)
        vectors = functional.dropout(SCALE * functional.normalize(means), 0.1)
        kinds = torch.tensor([KINDS.index(lesson.kind) for lesson in batch])
        odds = self.heads(vectors).view(len(batch), len(KINDS), len(LABELS))
        return odds[torch.arange(len(batch)), kinds]


def a_pupil(weights: Path) -> Pupil:
    """The published encoder, and heads that know nothing."""
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    encoder = BertModel.from_pretrained(weights, add_pooling_layer=False)
    heads = torch.nn.Linear(encoder.config.hidden_size, len(KINDS) * len(LABELS))
    torch.nn.init.normal_(heads.weight, std=0.02)
    torch.nn.init.zeros_(heads.bias)
    return Pupil(tokenizer, encoder, heads)


def finetuned(lessons: Sequence[Lesson], weights: Path, *, tell: Callable[[str], None]) -> Pupil:
    """Cross-entropy with smoothed labels, AdamW, a rate that rises briefly and then falls to nothing."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    pupil = a_pupil(weights)
    batches = [batch for epoch in range(EPOCHS) for batch in _batches(lessons, Random(SEED + epoch))]  # noqa: S311
    optimizer = torch.optim.AdamW(_parameters(pupil))
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, _rising_then_falling(len(batches)))
    importance = _importance(lessons)
    pupil.encoder.train()
    losses = []
    for number, batch in enumerate(batches, start=1):
        losses.append(_step(pupil, batch, importance, optimizer))
        falling.step()
        if number % 200 == 0:
            tell(f"{number} of {len(batches)} batches, loss {sum(losses[-200:]) / 200:.3f}")
    pupil.encoder.eval()
    return pupil


def _step(pupil: Pupil, batch: Batch, importance: torch.Tensor, optimizer: torch.optim.Optimizer) -> float:
    labels = torch.tensor([LABELS.index(lesson.label) for lesson in batch])
    kinds = torch.tensor([KINDS.index(lesson.kind) for lesson in batch])
    each = functional.cross_entropy(
        pupil.log_odds(batch), labels, label_smoothing=SMOOTHING, reduction="none"
    )
    loss = (each * importance[kinds, labels]).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([*pupil.encoder.parameters(), *pupil.heads.parameters()], 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


def _parameters(pupil: Pupil) -> Iterator[dict[str, object]]:
    layers = pupil.encoder.config.num_hidden_layers
    for name, parameter in pupil.encoder.named_parameters():
        height = int(name.split(".")[2]) + 1 if name.startswith("encoder.layer.") else 0
        decay = 0.01 if parameter.ndim > 1 else 0.0
        yield {
            "params": [parameter],
            "lr": RATE * EACH_LAYER_BELOW ** (layers - height),
            "weight_decay": decay,
        }
    yield {"params": list(pupil.heads.parameters()), "lr": RATE_OF_HEADS, "weight_decay": 0.01}


def _rising_then_falling(steps: int) -> Callable[[int], float]:
    rising = WARM_UP * steps
    return lambda step: min((step + 1) / rising, (steps - step) / (steps - rising))


def _importance(lessons: Sequence[Lesson]) -> torch.Tensor:
    """float32[kinds, labels]: what a lesson's loss is multiplied by."""
    sizes = Counter((lesson.kind, lesson.label) for lesson in lessons)
    alike = {kind: sum(sizes[kind, label] for label in LABELS) / len(LABELS) for kind in KINDS}
    return torch.tensor(
        [[(alike[kind] / sizes[kind, label]) ** BALANCE[kind] for label in LABELS] for kind in KINDS]
    )


def _batches(lessons: Sequence[Lesson], dice: Random) -> list[Batch]:
    """All lessons in a new order, those of similar length together, so that little is padding."""
    order = dice.sample(lessons, len(lessons))
    stretch = BATCH * BATCHES_OF_ONE_SORTING
    batches: list[Batch] = []
    for start in range(0, len(order), stretch):
        alike = sorted(order[start : start + stretch], key=lambda lesson: len(lesson.text))
        batches += [alike[i : i + BATCH] for i in range(0, len(alike), BATCH)]
    dice.shuffle(batches)
    return batches
