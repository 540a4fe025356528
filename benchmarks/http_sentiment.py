"""How long a caller waits for sentiment over HTTP, on the embedded target, beside an answer that is a word.

    python -m benchmarks.http_sentiment [--rounds N]

One caller, one request after the other through API Gateway to the packaged function, warm; milliseconds.
`GET /` reads nothing, so it is what the way there and back costs; the rest is reading. The target is brought
up for the run, in a folder of its own, and is gone afterwards.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from statistics import quantiles
from typing import Any

import requests

from benchmarks.sentiment import social
from tools.tape import session

SENTENCES = social().texts
Ask = Callable[[int], requests.Response]


def asks(url: str) -> Mapping[str, Ask]:
    """What is measured, by name; the number of a round chooses the sentences."""
    web = requests.Session()

    def some(turn: int, count: int) -> list[str]:
        return [SENTENCES[(turn * count + n) % len(SENTENCES)] for n in range(count)]

    def post(path: str, body: Any) -> requests.Response:
        return web.post(f"{url}{path}", json=body, timeout=30)

    return {
        "GET / (a word)": lambda turn: web.get(f"{url}/", timeout=30),
        "GET /health (one text)": lambda turn: web.get(f"{url}/health", timeout=30),
        "one text": lambda turn: post("/sentiment", {"text": some(turn, 1)[0]}),
        "10 sentences, counted": lambda turn: post("/sentiment", {"text": some(turn, 10), "hash": "1"}),
        "10 texts, one by one": lambda turn: post("/sentiment/batch", {"texts": some(turn, 10)}),
    }


def waited(ask: Ask, turn: int) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    ask(turn).raise_for_status()
    return (time.perf_counter() - started) * 1000


def measured(url: str, rounds: int) -> dict[str, list[float]]:
    """In turns, so that a slow moment of the machine falls on all of them."""
    each = asks(url)
    for ask in each.values():  # the first answer also loads the model
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        os.environ["TAPE_HOME"] = home
        with session.brought_up(lambda _: None) as platform:
            url = platform.api_url()
            assert url is not None
            tell(measured(url, rounds))


if __name__ == "__main__":
    main()
