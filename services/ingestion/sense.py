"""Whether a word in a post means the company or only itself, and how sure that is."""

from decimal import Decimal

from services.ingestion.spelling import Word
from services.ingestion.surroundings import (
    about_money,
    capital_neighbours,
    held,
    next_word,
    previous_word,
    shouted,
    traded,
)
from services.ingestion.universe import Universe

PLAIN = Decimal("0.85")
BESIDE = Decimal("0.75")
NEAR = Decimal("0.65")


def sense(prose: str, start: int, end: int, word: Word, universe: Universe) -> Decimal | None:
    """The confidence that prose[start:end] is the company; None if it is not."""
    if word.not_before and next_word(prose, end) in word.not_before:
        return None
    if not word.needs:
        return PLAIN
    confidence = _context(prose, start, end, word)
    if confidence and (_joined(prose, start, end) or _loud(prose, start, end, universe)):
        return None
    return confidence


def _context(prose: str, start: int, end: int, word: Word) -> Decimal | None:
    if held(prose, start, end) or (word.needs != "mark" and traded(prose, start, end)):
        return BESIDE
    if word.needs != "near" or previous_word(prose, start) in word.not_after:
        return None
    return NEAR if about_money(prose, start, end) else None


def _joined(prose: str, start: int, end: int) -> bool:
    """Whether it is a part of a compound: ALL-IN, GS2C.DE."""
    return prose[max(start - 1, 0) : start] in ("-", ".") or prose[end : end + 1] == "-"


def _loud(prose: str, start: int, end: int, universe: Universe) -> bool:
    """Whether capitals say nothing here, since other words around are in capitals too."""
    if prose[start:end].islower():
        return False
    around = capital_neighbours(prose, start, end)
    loud = any(not universe.tickerlike(word) for word in around)
    return loud or shouted(prose, start, end, universe.tickerlike)
