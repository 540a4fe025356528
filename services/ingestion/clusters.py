"""Near-duplicate posts: a MinHash of each text, and the keys under which its like are found.

A fingerprint is 24 minima over a text's word 3-shingles. The share of minima that two texts have in common
estimates the share of shingles they have in common, J (Broder 1997, "On the resemblance and containment of
documents"). The minima make 8 bands of 3: a table that keeps posts by band finds a copy by key alone with
chance 1 - (1 - J^3)^8: .997 at J = .8 (one word in thirty changed), .86 at .6, .008 at .1.
"""

import re

from rensa import RMinHash

MINIMA = 24
BANDS = 8
SHINGLE = 3
# Fewer words than this are what many people say on their own ("GME to the moon").
FEWEST_WORDS = 5
ALIKE = 10

_WORD = re.compile(r"\w+")
# Two posts with the same picture or link are not yet copies.
_NOT_WORDS = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)|https?://[^\s)]+")
_SEED = 1
_DIGITS = 4


def fingerprint(text: str) -> str:
    """24 minima of four hex digits, upper and lower case alike; "" for a text too short to tell."""
    words = _WORD.findall(_NOT_WORDS.sub(" ", text.lower()))
    if len(words) < FEWEST_WORDS:
        return ""
    minima = RMinHash(num_perm=MINIMA, seed=_SEED)
    minima.update([" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)])
    return "".join(f"{least & 0xFFFF:04x}" for least in minima.digest())


def near(one: str, other: str) -> bool:
    """Whether two fingerprints belong to copies with small edits: 10 of the 24 minima agree."""
    if not one or not other:
        return False
    return sum(left == right for left, right in zip(_minima(one), _minima(other), strict=True)) >= ALIKE


def bands(of: str) -> list[str]:
    """Eight keys (none for a text too short); near fingerprints almost surely share one."""
    width = len(of) // BANDS
    return [f"{band}:{of[band * width : (band + 1) * width]}" for band in range(BANDS) if of]


def _minima(of: str) -> list[str]:
    return [of[at : at + _DIGITS] for at in range(0, len(of), _DIGITS)]
