"""What a re-scoring is made of: its run, the shards it is cut into, and what came of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.sentiment.scoring import Identity


@dataclass(frozen=True, slots=True)
class Pair:
    """A version of a post and a ticker it was scored for."""

    ticker: str
    post_id: str
    posted_at: datetime
    seen: str


@dataclass(frozen=True, slots=True)
class Run:
    """Posts of a span, scored again by one version of a model. *reader* is the name it was asked for by.

    *plan* names the shards that count; *items* are the pairs of post and ticker in them all.
    """

    name: str
    since: datetime
    until: datetime
    reader: str
    identity: Identity
    plan: str
    shards: int
    items: int
    asked_at: datetime
    adopt_at: datetime | None = None
    adopted_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a shard. *items* = *gone* + *rescored* + those withheld, which are counted by reason.

    *shift* is the sum of new − old polarity; *changes* is where those whose label changed are listed.
    """

    shard: int
    items: int
    gone: int
    rescored: int
    withheld: Mapping[str, int]
    changed: int
    shift: Decimal
    changes: str


def run_name(since: datetime, until: datetime, identity: Identity) -> str:
    """The same posts and the same version of a model are the same run."""
    return f"{since:%Y%m%dT%H%M%SZ}-{until:%Y%m%dT%H%M%SZ}-{identity.model}@{identity.version}"
