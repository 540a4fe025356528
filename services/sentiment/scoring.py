"""What a text says about a ticker, as three probabilities and the figures read from them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Label = Literal["negative", "neutral", "positive"]
Method = Literal["model", "fallback", "override"]
Kind = Literal["news", "social"]
Span = tuple[int, int]
Mention = tuple[str, int, int]
"""A ticker, and the [start, end) characters that name it."""

LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
KINDS: tuple[Kind, ...] = ("news", "social")
BETWEEN_TITLE_AND_BODY = "\n\n"

_STEP = Decimal("0.001")
_ONE = Decimal(1)
_URL = re.compile(r"(?:https?://|www\.)\S+")
# Skin tones say nothing; half a surrogate pair, which JSON lets through, no tokenizer takes.
_SILENT = re.compile("[\U0001f3fb-\U0001f3ff\ud800-\udfff]")
# Closing punctuation before a space, or a line break; but not in "3.5" or "BRK.B", nor after "U.S." or "Inc."
# Nothing is given back (`++`): thousands of exclamation marks would be tried again from each of them.
_SENTENCE_END = re.compile(
    r"(?<!\b\w)(?<!\bInc)(?<!\bCorp)(?<!\bLtd)(?<!\bCo)(?<!\bvs)[.!?…]++[\"')\]]*+(?=\s)|\n+"
)


_UNMARKED = str.maketrans("«»", '""')


@dataclass(frozen=True, slots=True)
class Identity:
    """Which model, and which version of it."""

    model: str
    version: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One text, read. Probabilities are (negative, neutral, positive), three places, and sum to exactly 1."""

    probabilities: tuple[Decimal, Decimal, Decimal]
    polarity: Decimal
    confidence: Decimal
    label: Label
    method: Method
    model: str
    version: str


def reading(probabilities: Sequence[float | Decimal], *, method: Method, model: str, version: str) -> Reading:
    """Read (negative, neutral, positive) into figures and a label.

    Polarity is P(positive) − P(negative), confidence the largest probability. The one rule for labels is
    the most probable class; there are no thresholds on polarity. Equal probabilities give neutral.
    """
    negative, neutral, positive = _thousandths(probabilities)
    confidence = max(negative, neutral, positive)
    return Reading(
        probabilities=(negative, neutral, positive),
        polarity=positive - negative,
        confidence=confidence,
        label=dominant(negative, neutral, positive),
        method=method,
        model=model,
        version=version,
    )


def dominant(negative: Decimal | int, neutral: Decimal | int, positive: Decimal | int) -> Label:
    """The label with the largest share or count; a tie is neutral."""
    if negative > max(neutral, positive):
        return "negative"
    if positive > max(neutral, negative):
        return "positive"
    return "neutral"


def _thousandths(probabilities: Sequence[float | Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    negative, neutral, positive = (Decimal(str(p)) for p in probabilities)
    total = negative + neutral + positive
    if min(negative, neutral, positive) < 0 or not Decimal("0.99") < total < Decimal("1.01"):
        raise ValueError(f"not three probabilities: {probabilities}")
    negative = (negative / total).quantize(_STEP)
    positive = (positive / total).quantize(_STEP)
    # Neutral takes what rounding left over, so that the three always sum to 1.
    return negative, _ONE - negative - positive, positive


def text_of(title: str, body: str) -> str:
    """The text that is scored, and into which the spans of mentions point."""
    return f"{title}{BETWEEN_TITLE_AND_BODY}{body}"


def unscorable(text: str) -> str | None:
    """Why a text cannot be read, or None. A text that cannot be read has no score, which is not neutral."""
    if not text.strip():
        return "empty"
    if text.strip().lower() in {"[deleted]", "[removed]"}:
        return "removed"
    if any(c.isalpha() for c in _URL.sub(" ", text)):
        return None
    if _URL.search(text):
        return "only a link"
    return "only symbols" if any(map(_is_pictogram, text)) else "no letters"


def readable(text: str) -> str:
    """The text as the model reads it: no links, and pictograms by their Unicode names (🚀 is "rocket")."""
    heard = _SILENT.sub("", _URL.sub(" ", text))
    spoken = (f" {unicodedata.name(c, '').lower()} " if _is_pictogram(c) else c for c in heard)
    return " ".join("".join(spoken).split())


def _is_pictogram(character: str) -> bool:
    return unicodedata.category(character) == "So"


def sentences_about(text: str, mentions: Sequence[Span], tickers: int) -> str:
    """The part of `text` (as `text_of` gives it) that speaks of one ticker, its mentions marked.

    `mentions` are the [start, end) character offsets at which this ticker is named; `tickers` is how many
    the post names. A post about one ticker is read whole; so is one whose mentions point outside the text.
    """
    if tickers <= 1:
        return text
    about = [s for s in _sentences(text) if any(_overlap(s, mention) for mention in mentions)]
    return " ".join(_marked_part(text, part, mentions).strip() for part in about) or text


def passages(text: str, mentions: Sequence[Mention]) -> dict[str, str]:
    """Ticker to the part of `text` that speaks of it, in the order in which the tickers are first named."""
    tickers = list(dict.fromkeys(ticker for ticker, _, _ in mentions))
    spans = {
        ticker: [(start, end) for named, start, end in mentions if named == ticker] for ticker in tickers
    }
    return {ticker: sentences_about(text, spans[ticker], len(tickers)) for ticker in tickers}


def _marked_part(text: str, part: Span, mentions: Sequence[Span]) -> str:
    start, end = part
    inside = [(max(a, start) - start, min(b, end) - start) for a, b in mentions if _overlap(part, (a, b))]
    return marked(text[start:end], inside)


def marked(text: str, mentions: Sequence[Span]) -> str:
    """The text with the mentions between « and », as the model was taught to tell who is meant.

    A quotation of the author's own may not look like a mark, so guillemets of theirs become quotation marks.
    """
    plain = text.translate(_UNMARKED)
    for start, end in sorted(mentions, reverse=True):
        plain = f"{plain[:start]}« {plain[start:end]} »{plain[end:]}"
    return plain


def _sentences(text: str) -> list[Span]:
    ends = [m.end() for m in _SENTENCE_END.finditer(text)]
    starts = [0, *ends]
    return [(start, end) for start, end in zip(starts, [*ends, len(text)], strict=True) if start < end]


def _overlap(sentence: Span, mention: Span) -> bool:
    return sentence[0] < mention[1] and mention[0] < sentence[1]
