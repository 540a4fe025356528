"""What a collection brought, for the table of runs and for the gauges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

Stopwatch = Callable[[], Callable[[], Decimal]]
"""Starts; what it gives tells the seconds since."""


@dataclass(frozen=True)
class Part:
    """What one message of a tick brought: tickers that were got, and those that were not, with why."""

    series: str
    due_at: datetime
    got: tuple[str, ...]
    missed: Mapping[str, str]
    seconds: Decimal


@dataclass(frozen=True)
class Run:
    """A whole tick's collection so far: how many tickers were asked for and got, which were missed."""

    series: str
    due_at: datetime
    asked: int
    got: int
    missed: Mapping[str, str]

    @property
    def finished(self) -> bool:
        return self.got + len(self.missed) >= self.asked
