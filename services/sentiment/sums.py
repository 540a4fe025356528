"""Scores added up so that parts of a time can be put together again, exactly and in any order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b

from services.sentiment.keeping import Score

PRINT_BYTES = 8
"""Authors and clusters are kept as fingerprints; among a million, two are alike once in 37 million times."""

_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Voices:
    """How many authors were heard, the sum of what they said on average, and the sum of its squares.

    An author's average is rounded to six places first, so that sums are exact and have no order.
    """

    count: int = 0
    total: Decimal = Decimal(0)
    squares: Decimal = Decimal(0)

    def __add__(self, other: "Voices") -> "Voices":
        return Voices(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> Decimal:
        return self.total / self.count

    @property
    def spread(self) -> Decimal:
        """Standard deviation of the voices: √(Σx²⁄n − mean²)."""
        return max(self.squares / self.count - self.mean**2, Decimal(0)).sqrt()


@dataclass(frozen=True, slots=True)
class Sums:
    """Posts about a ticker, each once. *clustered* of them are near others; *fallback* the lexicon read."""

    mentions: int = 0
    fallback: int = 0
    clustered: int = 0
    model: Voices = Voices()
    lexicon: Voices = Voices()
    authors: frozenset[bytes] = frozenset()
    clusters: frozenset[bytes] = frozenset()

    @property
    def repeats(self) -> int:
        """Posts that say again what another says; the first to say it is no repeat."""
        return self.clustered - len(self.clusters)

    @property
    def told(self) -> Voices:
        """The model's voices; the lexicon's where the model read nothing."""
        return self.model if self.model.count else self.lexicon


NOTHING = Sums()


def added_up(scores: Iterable[Score]) -> Sums:
    """Of each post the newest version counts, and every author has one voice. Unknown authors share one."""
    newest = {score.post_id: score for score in sorted(scores, key=lambda score: score.seen)}
    posts = list(newest.values())
    fallback = [score for score in posts if score.method == "fallback"]
    clusters = [score.cluster for score in posts if score.cluster is not None]
    return Sums(
        mentions=len(posts),
        fallback=len(fallback),
        clustered=len(clusters),
        model=_voices([score for score in posts if score.method != "fallback"]),
        lexicon=_voices(fallback),
        authors=frozenset(_print(score.author) for score in posts if score.author is not None),
        clusters=frozenset(map(_print, clusters)),
    )


def together(parts: Sequence[Sums]) -> Sums:
    """The parts as one. An author has a voice in each part; an author or a cluster of several is one."""
    return Sums(
        mentions=sum(part.mentions for part in parts),
        fallback=sum(part.fallback for part in parts),
        clustered=sum(part.clustered for part in parts),
        model=sum((part.model for part in parts), Voices()),
        lexicon=sum((part.lexicon for part in parts), Voices()),
        authors=frozenset().union(*(part.authors for part in parts)),
        clusters=frozenset().union(*(part.clusters for part in parts)),
    )


def _voices(scores: Sequence[Score]) -> Voices:
    said: dict[str | None, list[Decimal]] = {}
    for score in scores:
        said.setdefault(score.author, []).append(score.polarity)
    means = [(sum(all_, Decimal(0)) / len(all_)).quantize(_MILLIONTH) for all_ in said.values()]
    return Voices(len(means), sum(means, Decimal(0)), sum((mean * mean for mean in means), Decimal(0)))


def _print(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=PRINT_BYTES).digest()
