"""Posts that say nearly the same: each joins a founder near it, or founds a cluster itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from services.ingestion.clusters import bands, near

MOST_FOUNDERS = 50
"""Founders kept a band. Fingerprints that share one are mostly near, so a full band is hardly ever met."""


@dataclass
class Founders:
    """Fingerprints of posts nothing was near to, by band; *changed* are the bands with new ones."""

    by_band: dict[str, list[str]]
    changed: set[str] = field(default_factory=set)

    def of(self, fingerprint: str) -> str:
        """The lowest founder near it; itself if it is one, or becomes one."""
        alike = {founder for band in bands(fingerprint) for founder in self.by_band.get(band, ())}
        near_ones = [founder for founder in alike if near(founder, fingerprint)]
        if fingerprint in near_ones or not near_ones:
            self._add(fingerprint)
            return fingerprint
        return min(near_ones)

    def _add(self, fingerprint: str) -> None:
        for band in bands(fingerprint):
            there = self.by_band.setdefault(band, [])
            if fingerprint not in there and len(there) < MOST_FOUNDERS:
                there.append(fingerprint)
                self.changed.add(band)


def clusters(fingerprints: Iterable[str], founders: Founders) -> Mapping[str, str | None]:
    """The cluster of each fingerprint, whatever their order; none for a text too short to have one."""
    return {
        fingerprint: _named(founders.of(fingerprint)) if fingerprint else None
        for fingerprint in sorted(set(fingerprints))
    }


def _named(founder: str) -> str:
    return blake2b(founder.encode(), digest_size=8).hexdigest()
