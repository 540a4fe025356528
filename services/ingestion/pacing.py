"""A budget of requests: tokens come back with time, and a request takes one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *burst* tokens at once; *per_minute* come back. No minute sees more than both together."""

    per_minute: Decimal
    burst: Decimal

    def shared(self, by: int) -> "Rate":
        return Rate(self.per_minute / by, self.burst / by)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was left at a moment."""

    tokens: Decimal
    at: datetime


def refilled(bucket: Bucket | None, rate: Rate, now: datetime) -> Bucket:
    """The bucket at *now*; one never seen is full. A clock that lags behind takes nothing away."""
    if bucket is None:
        return Bucket(rate.burst, now)
    at = max(now, bucket.at)
    back = Decimal(str((at - bucket.at).total_seconds())) * rate.per_minute / 60
    return Bucket(min(rate.burst, bucket.tokens + back), at)


def wait(bucket: Bucket, rate: Rate) -> timedelta:
    """How long until there is a whole token; zero if there is."""
    missing = max(1 - bucket.tokens, Decimal(0))
    return timedelta(seconds=float(missing * 60 / rate.per_minute))
