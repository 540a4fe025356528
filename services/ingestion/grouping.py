"""Posts that say nearly the same: those of a part that are near each other share one founder."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import combinations

from services.ingestion.clusters import bands, near

MOST_FOUNDERS = 50
"""Founders kept a band. Fingerprints that share one are mostly near, so a full band is hardly ever met."""

Neighbours = Mapping[str, set[str]]


@dataclass
class Founders:
    """Fingerprints that stand for a cluster, by band; *changed* are the bands with new ones."""

    by_band: dict[str, list[str]]
    changed: set[str] = field(default_factory=set)

    def near(self, fingerprint: str) -> set[str]:
        """The founders near it."""
        alike = {founder for band in bands(fingerprint) for founder in self.by_band.get(band, ())}
        return {founder for founder in alike if near(founder, fingerprint)}

    def add(self, fingerprint: str) -> None:
        for band in bands(fingerprint):
            there = self.by_band.setdefault(band, [])
            if fingerprint not in there and len(there) < MOST_FOUNDERS:
                there.append(fingerprint)
                self.changed.add(band)


def clusters(fingerprints: Iterable[str], founders: Founders) -> Mapping[str, str | None]:
    """The cluster of each fingerprint, whatever their order; none for a text too short to have one.

    Posts near each other, directly or through others of the part, are one cluster. It has the lowest founder
    that is near any of them; without one, the post with most of the others near it founds it.
    """
    neighbours = _neighbours({fingerprint for fingerprint in fingerprints if fingerprint})
    named: dict[str, str | None] = {"": None}
    for group in _groups(neighbours):
        founder = min({f for one in group for f in founders.near(one)}, default=None)
        if founder is None:
            founder = min(group, key=lambda one: (-len(neighbours[one]), one))
            founders.add(founder)
        named |= dict.fromkeys(group, _named(founder))
    return named


def _neighbours(fingerprints: set[str]) -> Neighbours:
    by_band: defaultdict[str, list[str]] = defaultdict(list)
    for fingerprint in sorted(fingerprints):
        for band in bands(fingerprint):
            by_band[band].append(fingerprint)
    neighbours: dict[str, set[str]] = {fingerprint: set() for fingerprint in sorted(fingerprints)}
    for sharing in by_band.values():
        for one, other in combinations(sharing, 2):
            if near(one, other):
                neighbours[one].add(other)
                neighbours[other].add(one)
    return neighbours


def _groups(neighbours: Neighbours) -> Iterator[Sequence[str]]:
    """The connected parts of the graph."""
    seen: set[str] = set()
    for first in neighbours:
        if first in seen:
            continue
        group, reached = [], [first]
        seen.add(first)
        while reached:
            group.append(one := reached.pop())
            fresh = neighbours[one] - seen
            seen |= fresh
            reached += fresh
        yield group


def _named(founder: str) -> str:
    return blake2b(founder.encode(), digest_size=8).hexdigest()
