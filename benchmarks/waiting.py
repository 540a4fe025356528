"""How long requests take, by name, one after the other."""

import time
from collections.abc import Callable, Mapping
from statistics import quantiles

import requests

Ask = Callable[[int], requests.Response]
"""A request; the number of a round may choose what is asked."""


def waited(ask: Ask, turn: int) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    ask(turn).raise_for_status()
    return (time.perf_counter() - started) * 1000


def measured(each: Mapping[str, Ask], rounds: int) -> dict[str, list[float]]:
    """In turns, so that a slow moment of the machine falls on all of them."""
    for ask in each.values():  # the first answer also starts the function
        waited(ask, 0)
    waits: dict[str, list[float]] = {name: [] for name in each}
    for turn in range(rounds):
        for name, ask in each.items():
            waits[name].append(waited(ask, turn))
    return waits


def tell(waits: Mapping[str, list[float]]) -> None:
    print(f"{'request':<24} {'n':>4} {'p50 ms':>7} {'p95 ms':>7}")
    for name, found in waits.items():
        cuts = quantiles(found, n=100, method="inclusive")
        print(f"{name:<24} {len(found):>4} {cuts[49]:>7.1f} {cuts[94]:>7.1f}")
