"""Where symbols and names stand in a text, found in one pass over it."""

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick

from services.ingestion.spelling import Spelling
from services.ingestion.surroundings import stands_alone

Spot = tuple[int, int, Spelling]
"""Start, end, and what is spelt there."""


class Spotter:
    """An Aho-Corasick automaton of every spelling. Read-only."""

    def __init__(self, spellings: Sequence[Spelling]) -> None:
        self.spellings = tuple(spellings)
        # A single letter counts only before a contract ("F 12c 2/19"): the space spares us every capital.
        self._automaton = AhoCorasick([spelling.phrase.ljust(2) for spelling in spellings])

    def spots(self, text: str) -> list[Spot]:
        """What stands alone, in order of place, without what is part of something longer (AMC Networks)."""
        found = []
        for which, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
            spelling = self.spellings[which]
            end = start + len(spelling.phrase)
            # Most are inside of words: asked here first, since a call for each takes as long as the pass.
            if (start and text[start - 1].isalnum()) or text[end : end + 1].isalnum():
                continue
            if stands_alone(text, start, end):
                found.append((start, end, spelling))
        return _longest(found) if len(found) > 1 else found


def _longest(found: list[Spot]) -> list[Spot]:
    kept, reached = [], 0
    for spot in sorted(found, key=lambda spot: (spot[0], -spot[1])):
        if spot[1] > reached:
            kept.append(spot)
            reached = spot[1]
    return kept
