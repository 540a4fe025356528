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
from tools.sentiment.lessons import Course, Lesson

SEED = 7
"""Of the heads before they learn, whatever the order of lessons: else they could not be averaged."""
LONGEST = 96
"""Tokens of a lesson; the rest is cut off."""
HEADS_FASTER = 10
EACH_LAYER_BELOW = 0.9
"""How much slower a layer learns than the one above it: what is general should stay."""
WARM_UP = 0.06
SMOOTHING = 0.05
SCALE = 10.0
"""Unit vectors are this much longer for the heads while these learn, which makes their steps fit."""
BALANCE = {"news": 0.25, "social": 1.0}
"""0 leaves the labels as frequent as they are, 1 makes them count alike. Most headlines are neutral, here and
where the model is used; what posts will be nobody knows."""
SHARE_OF_KIND = 0.1
"""What telling news from posts counts beside telling labels."""
BATCHES_OF_ONE_SORTING = 32

Batch = Sequence[Lesson]


@dataclass
class Pupil:
    """The encoder and, in one matrix, a linear head for each of KINDS and a row that tells these apart."""

    tokenizer: Tokenizer
    encoder: BertModel
    heads: torch.nn.Linear

    def log_odds(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """float32[batch, labels] by the head of each lesson's kind; float32[batch], that it is a post."""
        tokens = [torch.tensor(self.tokenizer.encode(readable(lesson.text)).ids) for lesson in batch]
        ids = torch.nn.utils.rnn.pad_sequence(tokens, batch_first=True)
        real = torch.nn.utils.rnn.pad_sequence([torch.ones(len(t)) for t in tokens], batch_first=True)
        # On a CPU with AVX512-BF16 this is three times as fast, and as good.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            last = self.encoder(input_ids=ids, attention_mask=real).last_hidden_state
        means = (last.float() * real.unsqueeze(2)).sum(1) / real.sum(1, keepdim=True)
        vectors = functional.dropout(SCALE * functional.normalize(means), 0.1)
        kinds = torch.tensor([KINDS.index(lesson.kind) for lesson in batch])
        odds = self.heads(vectors)
        by_kind = odds[:, :-1].view(len(batch), len(KINDS), len(LABELS))
        return by_kind[torch.arange(len(batch)), kinds], odds[:, -1]


def a_pupil(weights: Path) -> Pupil:
    """The published encoder, and heads that know nothing."""
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    torch.manual_seed(SEED)
    encoder = BertModel.from_pretrained(weights, add_pooling_layer=False)
    heads = torch.nn.Linear(encoder.config.hidden_size, len(KINDS) * len(LABELS) + 1)
    torch.nn.init.normal_(heads.weight, std=0.02)
    torch.nn.init.zeros_(heads.bias)
    return Pupil(tokenizer, encoder, heads)


def averaged(pupils: Sequence[Pupil]) -> Pupil:
    """One pupil that knows what several with one beginning have learned, and is as small as each of them."""
    first = pupils[0]
    for part, others in (
        (first.encoder, [pupil.encoder.state_dict() for pupil in pupils]),
        (first.heads, [pupil.heads.state_dict() for pupil in pupils]),
    ):
        means = {
            name: torch.stack([state[name] for state in others]).mean(0)
            if value.is_floating_point()
            else value
            for name, value in part.state_dict().items()
        }
        part.load_state_dict(means)
    return first


def finetune(
    pupil: Pupil, lessons: Sequence[Lesson], course: Course, *, seed: int, tell: Callable[[str], None]
) -> None:
    """Cross-entropy with smoothed labels, AdamW, a rate that rises briefly and then falls to nothing."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    dice = Random(seed)  # noqa: S311 - a lottery, not a secret
    batches = [batch for _ in range(course.epochs) for batch in _batches(lessons, course.batch, dice)]
    optimizer = torch.optim.AdamW(_parameters(pupil, course), fused=True)
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, _rising_then_falling(len(batches)))
    importance = _importance(lessons)
    pupil.encoder.train()
    losses = []
    for number, batch in enumerate(batches, start=1):
        losses.append(_step(pupil, batch, importance, optimizer))
        falling.step()
        if number % 10 == 0:
            tell(f"{number} of {len(batches)} batches, loss {sum(losses[-10:]) / 10:.3f}")
    pupil.encoder.eval()


def _step(pupil: Pupil, batch: Batch, importance: torch.Tensor, optimizer: torch.optim.Optimizer) -> float:
    labels = torch.tensor([LABELS.index(lesson.label) for lesson in batch])
    kinds = torch.tensor([KINDS.index(lesson.kind) for lesson in batch])
    odds, posts = pupil.log_odds(batch)
    each = functional.cross_entropy(odds, labels, label_smoothing=SMOOTHING, reduction="none")
    loss = (each * importance[kinds, labels]).mean()
    loss += SHARE_OF_KIND * functional.binary_cross_entropy_with_logits(posts, kinds.float())
    loss.backward()
    torch.nn.utils.clip_grad_norm_([*pupil.encoder.parameters(), *pupil.heads.parameters()], 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


def _parameters(pupil: Pupil, course: Course) -> Iterator[dict[str, object]]:
    layers = pupil.encoder.config.num_hidden_layers
    for name, parameter in pupil.encoder.named_parameters():
        height = int(name.split(".")[2]) + 1 if name.startswith("encoder.layer.") else 0
        parameter.requires_grad_(height > course.from_layer or not course.from_layer)
        if parameter.requires_grad:
            yield {
                "params": [parameter],
                "lr": course.rate * EACH_LAYER_BELOW ** (layers - height),
                "weight_decay": 0.01 if parameter.ndim > 1 else 0.0,
            }
    yield {"params": list(pupil.heads.parameters()), "lr": course.rate * HEADS_FASTER, "weight_decay": 0.01}


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


def _batches(lessons: Sequence[Lesson], size: int, dice: Random) -> list[Batch]:
    """All lessons in a new order, those of similar length together, so that little is padding."""
    order = dice.sample(lessons, len(lessons))
    stretch = size * BATCHES_OF_ONE_SORTING
    batches: list[Batch] = []
    for start in range(0, len(order), stretch):
        alike = sorted(order[start : start + stretch], key=lambda lesson: len(lesson.text))
        batches += [alike[i : i + size] for i in range(0, len(alike), size)]
    dice.shuffle(batches)
    return batches
