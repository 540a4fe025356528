"""Of what a language model wrote, lets through the sentences that say nothing beyond their inputs."""

import re
from dataclasses import dataclass

from services.summaries.grounding import Facts, ungrounded
from services.summaries.openers import CALENDAR, OPENERS

_ENDS = re.compile(r"(?<=[.!?])[\"”’')]*\s+")
_PLAIN = re.compile(r"[A-Za-z0-9À-ɏ .,;:!?'’‘“”\"()$%+−–—-]+")
"""What a sentence may be made of: no markup, no @, # or /, no letters that only look like ours."""
_LINK = re.compile(
    r"\w\.[a-z]{2,}|\bwww\b|\bhttps?\b|\bdot\s+(?:com|net|org|io|me|co|gg|xyz)\b", re.IGNORECASE
)
_CASHTAG = re.compile(r"\$\s?[A-Za-z]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PLACE = re.compile(r"\bNew York\b")


@dataclass(frozen=True)
class Gated:
    """What is left, paragraph by paragraph, and what each sentence that was dropped said too much."""

    paragraphs: tuple[str, ...]
    dropped: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(filter(None, self.paragraphs))


def gate(paragraphs: tuple[str, ...], facts: Facts, names: frozenset[str]) -> Gated:
    """Drops every sentence with markup, a link, or a number, date, ticker or name that is not known.

    *names* are the known ones, in lower case. A name is a word with a capital that does not merely begin its
    sentence; one that begins it passes if sentences commonly begin so. Names in lower case are not seen.
    """
    left, dropped = [], []
    for paragraph in paragraphs:
        kept = []
        for sentence in sentences(paragraph):
            if found := beyond(sentence, facts, names):
                dropped.append(found[0])
            else:
                kept.append(sentence)
        left.append(" ".join(kept))
    return Gated(tuple(left), tuple(dropped))


def sentences(paragraph: str) -> list[str]:
    return [part for part in _ENDS.split(" ".join(paragraph.split())) if part]


def beyond(sentence: str, facts: Facts, names: frozenset[str]) -> list[str]:
    """What a sentence says or holds beyond its inputs; empty when it may pass."""
    if not _PLAIN.fullmatch(sentence):
        return ["markup or foreign letters"]
    if _LINK.search(sentence) or _CASHTAG.search(sentence):
        return ["a link or a tag"]
    return [*ungrounded(sentence, facts), *strangers(sentence, facts, names)]


def strangers(sentence: str, facts: Facts, names: frozenset[str]) -> list[str]:
    """Names in the sentence that are neither known nor tickers of the facts."""
    rest = _PLACE.sub(lambda found: found.group().lower(), sentence)
    words = list(_WORD.finditer(rest))
    return [
        word.group()
        for place, word in enumerate(words)
        if not word.group().islower() and not _known(word.group(), place == 0, facts, names)
    ]


def _known(word: str, first: bool, facts: Facts, names: frozenset[str]) -> bool:
    own = re.sub(r"['’]s$", "", word)
    if own in facts.tickers or own == "I" or own.casefold() in names or own.casefold() in CALENDAR:
        return True
    return first and own.casefold() in OPENERS
