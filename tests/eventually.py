"""Waiting for what must come, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(check: Callable[[], Found], within: float = 30, every: float = 0.2) -> Found:
    """What *check* gives once it is true; fails after *within* seconds."""
    deadline = time.monotonic() + within
    while not (found := check()):
        assert time.monotonic() < deadline, f"{check.__qualname__} was not true within {within} s"
        time.sleep(every)
    return found
