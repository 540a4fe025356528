"""How often labels are those that people gave."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.sentiment.scoring import LABELS


@dataclass(frozen=True)
class Verdict:
    """Shares. The mean of F1 is over labels that were given or found; *neutral_recall* is of what people
    called neutral, none where they called nothing so."""

    accuracy: float
    macro_f1: float
    neutral_recall: float | None


def judged(given: Sequence[str], found: Sequence[str | None]) -> Verdict:
    """*given* by people beside what was *found*; none is a text nobody could read, which meets no label."""
    met = [a == b for a, b in zip(given, found, strict=True)]
    neutral = [hit for label, hit in zip(given, met, strict=True) if label == "neutral"]
    return Verdict(
        accuracy=sum(met) / len(met),
        macro_f1=sum(each := [_f1(label, given, found) for label in _named(given, found)]) / len(each),
        neutral_recall=sum(neutral) / len(neutral) if neutral else None,
    )


def _f1(label: str, given: Sequence[str], found: Sequence[str | None]) -> float:
    hits = sum(a == b == label for a, b in zip(given, found, strict=True))
    return 2 * hits / (given.count(label) + found.count(label))


def _named(given: Sequence[str], found: Sequence[str | None]) -> list[str]:
    return [label for label in LABELS if label in given or label in found]
