"""The request and answer shapes that clients of the older sentiment services speak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.sentiment.scoring import LABELS, Label, Reading

LONGEST_TEXT = 10_000
MOST_TEXTS = 10


class RequestRefused(Exception):
    """A request that cannot be answered: which field, and what to send instead."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class CountRequest:
    """Sentences to be counted by label. `hash` belongs to the caller and goes back as it came."""

    texts: tuple[str, ...]
    hash: object


def count_request(body: Mapping[str, object]) -> CountRequest:
    """Read {"text": [..] or "..", "hash": ..}, whatever the order of the keys."""
    if "hash" not in body:
        raise RequestRefused("hash", 'send it beside "text"; it is echoed')
    return CountRequest(texts=_sentences(body.get("text")), hash=body["hash"])


def _sentences(text: object) -> tuple[str, ...]:
    if isinstance(text, str):
        return (text,)
    if not isinstance(text, list):
        raise RequestRefused("text", "send a string or a list of strings")
    for position, sentence in enumerate(text):
        if not isinstance(sentence, str):
            raise RequestRefused(f"text[{position}]", f"send a string, not {_json_name(sentence)}")
    return tuple(text)


def legacy_counts(readings: Sequence[tuple[Label, float]], hash: object) -> dict[str, object]:
    """Answer {label: [count, mean confidence of that label]} and the hash.

    Both figures are strings, since the Java client holds String[]; count is a whole number and never the
    sum of confidences. A label nobody got is ["0", "0.0"].
    """
    answer: dict[str, object] = {}
    for label in reversed(LABELS):
        answer[label] = _pair([confidence for found, confidence in readings if found == label])
    return answer | {"hash": hash}


def _pair(confidences: Sequence[float]) -> list[str]:
    mean = sum(map(float, confidences)) / len(confidences) if confidences else 0.0
    return [str(len(confidences)), str(round(mean, 4))]


def single_request(body: Mapping[str, object]) -> str:
    """Read {"text": a string of 1 to 10,000 characters}."""
    return _text("text", body.get("text"))


def batch_request(body: Mapping[str, object]) -> tuple[str, ...]:
    """Read {"texts": 1 to 10 strings of 1 to 10,000 characters}."""
    texts = body.get("texts")
    if not isinstance(texts, list) or not 1 <= len(texts) <= MOST_TEXTS:
        raise RequestRefused("texts", f"send a list of 1 to {MOST_TEXTS} strings")
    return tuple(_text(f"texts[{position}]", text) for position, text in enumerate(texts))


def _text(field: str, text: object) -> str:
    if not isinstance(text, str):
        raise RequestRefused(field, f"send a string, not {_json_name(text)}")
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise RequestRefused(field, f"send 1 to {LONGEST_TEXT:,} characters, not {len(text):,}")
    return text


def single_answer(found: Reading) -> dict[str, object]:
    """Answer one reading, its figures as JSON numbers."""
    return {
        "sentiment": float(found.polarity),
        "confidence": float(found.confidence),
        "label": found.label,
        "probabilities": {label: float(p) for label, p in zip(LABELS, found.probabilities, strict=True)},
    }


def batch_answer(found: Sequence[Reading]) -> dict[str, object]:
    return {"results": [single_answer(one) for one in found], "count": len(found)}


def _json_name(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "a string")
