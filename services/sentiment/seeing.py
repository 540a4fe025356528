"""How much of the talk was seen, by what collections say of their windows: thin is not calm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from contracts.events.envelope import Publish
from contracts.events.ingestion import CollectionCompletedV1

THIN = Decimal("0.5")
"""A stretch is thin where less than this share of the posts usual at such hours was seen."""
FEWEST = 10
"""Of fewer usual posts a share says nothing: five of nine may be chance."""

_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Look:
    """A window of a collection: how many posts were usual in it, and what share of that was seen."""

    collection: str
    start: datetime
    end: datetime
    expected: Decimal
    coverage: Decimal


@dataclass(frozen=True, slots=True)
class Seen:
    """What share was seen of the hour, of the day before it, and since the ticker was last weighed."""

    hour: Decimal | None = None
    day: Decimal | None = None
    since: Decimal | None = None


UNKNOWN = Seen()


class Looks(Protocol):
    def keep(self, look: Look) -> None: ...

    def between(self, start: datetime, end: datetime) -> Sequence[Look]:
        """The windows that touch the time from *start* to *end*."""
        ...


def keep_looks(done: CollectionCompletedV1, publish: Publish, *, looks: Looks) -> None:
    """Keeps what a collection measured; one that knows no usual says nothing."""
    if done.expected and done.coverage is not None:
        looks.keep(Look(done.collection, done.window_start, done.window_end, done.expected, done.coverage))


def coverage(looks: Sequence[Look], start: datetime, end: datetime) -> Decimal | None:
    """Σ coverage·expected ÷ Σ expected, each window by the part of it between *start* and *end*.

    None where fewer than ten posts are usual.
    """
    expected = seen = Decimal(0)
    for look in looks:
        usual = look.expected * _share_within(look, start, end)
        expected += usual
        seen += usual * look.coverage
    return (seen / expected).quantize(_THOUSANDTH) if expected >= FEWEST else None


def thin(share: Decimal | None) -> bool:
    """Whether too little was seen to speak of calm. Where nothing is known, nothing is held to be thin."""
    return share is not None and share < THIN


def _share_within(look: Look, start: datetime, end: datetime) -> Decimal:
    length = (look.end - look.start).total_seconds()
    both = (min(look.end, end) - max(look.start, start)).total_seconds()
    return Decimal(max(both, 0)) / Decimal(length) if length > 0 else Decimal(0)
