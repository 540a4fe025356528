"""When a source that fails is left alone, for how long, and who may find out whether it works again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES = 5
"""In a row, before a source is left alone."""
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=15)
PROBE = timedelta(seconds=45)
"""How long one request may take to find out, while all others still wait."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures in a row, and until when nobody asks; after that, one at a time."""

    failures: int = 0
    shut_until: datetime | None = None


def wait(breaker: Breaker, now: datetime) -> timedelta:
    """How long to leave the source alone; zero when a request may be made."""
    return max(breaker.shut_until - now, timedelta()) if breaker.shut_until else timedelta()


def probed(breaker: Breaker, now: datetime) -> Breaker:
    """What the others see while one of them makes the request that decides."""
    return replace(breaker, shut_until=now + PROBE)


def failed(breaker: Breaker, now: datetime, rest: timedelta | None) -> Breaker:
    """After a failure; *rest* where the source itself said how long it wants."""
    failures = breaker.failures + 1
    if rest is None and failures >= FAILURES:
        rest = min(FIRST_REST * 2 ** min(failures - FAILURES, 8), LONGEST_REST)
    return Breaker(failures, now + rest if rest else None)
