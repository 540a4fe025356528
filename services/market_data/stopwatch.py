"""Seconds by this machine's clock: how long something took, never when."""

from collections.abc import Callable
from decimal import Decimal
from time import monotonic


def started() -> Callable[[], Decimal]:
    """Starts; what it gives tells the seconds since, to the millisecond."""
    begun = monotonic()
    return lambda: Decimal(f"{monotonic() - begun:.3f}")
