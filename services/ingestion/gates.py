"""What stands before a source, for all workers together: its budget of requests and its breaker."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from services.ingestion.looking import TryLater


class Buckets(Protocol):
    def take(self, name: str, now: datetime) -> timedelta: ...


class Breakers(Protocol):
    def enter(self, name: str, now: datetime) -> timedelta: ...

    def failed(self, name: str, now: datetime, rest: timedelta | None = None) -> None: ...

    def worked(self, name: str) -> None: ...


PATIENCE = timedelta(seconds=5)
"""A token that comes back sooner is worth waiting for; a worker that waits long is paid for nothing."""
_TURNS = 3


class Gate:
    """One request passes `enter`, and ends with `worked` or `failed`."""

    def __init__(
        self,
        buckets: Buckets,
        breakers: Breakers,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._buckets, self._breakers, self._clock, self._sleep = buckets, breakers, clock, sleep

    def enter(self, name: str) -> None:
        """Raises TryLater when the budget is used up for long or the source is left alone."""
        # The budget first: whoever the breaker lets in to find out must be able to ask.
        if delay := self._out_of_tokens(name):
            raise TryLater(f"our budget for {name} is used up", delay.total_seconds())
        if delay := self._breakers.enter(name, self._clock()):
            raise TryLater(f"{name} is left alone after it failed", delay.total_seconds())

    def worked(self, name: str) -> None:
        self._breakers.worked(name)

    def failed(self, name: str, seconds: float | None = None) -> None:
        """*seconds* where the source said how long it wants to be left alone."""
        self._breakers.failed(name, self._clock(), timedelta(seconds=seconds) if seconds else None)

    def _out_of_tokens(self, name: str) -> timedelta:
        for _ in range(_TURNS):
            delay = self._buckets.take(name, self._clock())
            if not timedelta() < delay <= PATIENCE:
                return delay
            self._sleep(delay.total_seconds())
        return delay
