"""Near-duplicate posts: a MinHash of each text, and the keys under which its like are found.

A fingerprint is 18 minima over a text's word 3-shingles. The share of minima that two texts have in common
estimates the share of shingles they have in common, J (Broder 1997, "On the resemblance and containment of
documents"). The minima make 6 bands of 3: a table that keeps posts by band finds a copy by key alone with
chance 1 - (1 - J^3)^6: .99 at J = .8 (one word in thirty changed), .77 at .6, .006 at .1.
"""

import re
from hashlib import blake2b

MINIMA = 18
BANDS = 6
SHINGLE = 3
# Fewer words than this are what many people say on their own ("GME to the moon").
FEWEST_WORDS = 5
ALIKE = 10

_WORD = re.compile(r"\w+")
# Two posts with the same picture or link are not yet copies.
_NOT_WORDS = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)|https?://[^\s)]+")
_PRIME = 2**61 - 1
_DIGITS = 4


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) % _PRIME


_MIXES = tuple((_number(f"times {mix}") | 1, _number(f"plus {mix}")) for mix in range(MINIMA))


def fingerprint(text: str) -> str:
    """18 minima of four hex digits, upper and lower case alike; "" for a text too short to tell."""
    words = _WORD.findall(_NOT_WORDS.sub(" ", text.lower()))
    if len(words) < FEWEST_WORDS:
        return ""
    shingles = {_number(" ".join(words[at : at + SHINGLE])) for at in range(len(words) - SHINGLE + 1)}
    minima = (min((times * shingle + plus) % _PRIME for shingle in shingles) for times, plus in _MIXES)
    return "".join(f"{least & 0xFFFF:04x}" for least in minima)


def near(one: str, other: str) -> bool:
    """Whether two fingerprints belong to copies with small edits: 10 of the 18 minima agree."""
    if not one or not other:
        return False
    return sum(left == right for left, right in zip(_minima(one), _minima(other), strict=True)) >= ALIKE


def bands(of: str) -> list[str]:
    """Six keys (none for a text too short); near fingerprints almost surely share one."""
    width = len(of) // BANDS
    return [f"{band}:{of[band * width : (band + 1) * width]}" for band in range(BANDS) if of]


def _minima(of: str) -> list[str]:
    return [of[at : at + _DIGITS] for at in range(0, len(of), _DIGITS)]
