"""What a collection brought, for the table of runs and for the gauges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

Stopwatch = Callable[[], Callable[[], Decimal]]
"""Starts; what it gives tells the seconds since."""


@dataclass(frozen=True)
class Run:
    """One tick's collection: how many tickers were asked for and got, and what failed, by reason."""

    series: str
    due_at: datetime
    asked: int
    got: int
    failed: Mapping[str, int]
    seconds: Decimal


Record = Callable[[Run], None]
