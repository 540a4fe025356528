"""How often a provider may be asked by all workers together, and when it is left alone."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.market_data.asking import Reason, Unavailable

USED = 0.97
"""Share of what a provider grants: requests on their way overtake each other, and clocks differ."""

FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=30)
LONGEST_ASKED = timedelta(hours=24)
"""What a provider may ask for by Retry-After."""

FAILURES = 3
"""In a row, before a provider that cannot be reached is left alone; one that limits us is at once."""

PROBE = timedelta(seconds=45)
"""How long one request may take to find out, while all others still wait."""

JITTER = 0.2
"""Rests are up to this share longer: workers sent away together do not come back together."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A bucket of one token, so that no minute sees more than *per_minute* requests, wherever it begins."""

    per_minute: float

    @property
    def interval(self) -> timedelta:
        return timedelta(seconds=60 / (self.per_minute * USED))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider stands with us: when its next token is there, failures in a row, a rest after them."""

    turn: datetime | None = None
    failures: int = 0
    shut_until: datetime | None = None
    why: Reason = "unreachable"


def admitted(
    standing: Standing, pace: Pace, now: datetime, patience: timedelta
) -> tuple[Standing, timedelta] | Unavailable:
    """The standing with one request more and how long that waits; or why, and how long, it may not be made.

    After a rest a single request is let in to find out; what `worked` or `failed` makes of it is for all.
    """
    if standing.shut_until and standing.shut_until > now:
        return Unavailable(standing.why, "is left alone for now", standing.shut_until - now)
    turn = max(standing.turn or now, now)
    if turn - now > patience:
        return Unavailable("not_yet", "has no request left for us yet", turn - now)
    probe = turn + PROBE if standing.shut_until else None
    return replace(standing, turn=turn + pace.interval, shut_until=probe), turn - now


def worked(standing: Standing) -> Standing:
    return Standing(standing.turn)


def failed(standing: Standing, refusal: Unavailable, now: datetime, jitter: float) -> Standing:
    """*jitter* from 0 to 1. What the provider itself asked for is granted, and never cut short."""
    failures = standing.failures + 1
    limited = refusal.reason == "rate_limited"
    if not limited and failures < FAILURES:
        return replace(standing, failures=failures, shut_until=None)
    doubled = FIRST_REST * 2 ** min(failures - (1 if limited else FAILURES), 8)
    rest = min(refusal.rest, LONGEST_ASKED) if refusal.rest else min(doubled, LONGEST_REST)
    return Standing(standing.turn, failures, now + rest * (1 + JITTER * jitter), refusal.reason)
