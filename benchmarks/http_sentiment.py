"""How long a caller waits for sentiment over HTTP, on the embedded target, beside an answer that is a word.

    python -m benchmarks.http_sentiment [--rounds N]

One caller, one request after the other through API Gateway to the packaged function, warm; milliseconds.
`GET /` reads nothing, so it is what the way there and back costs; the rest is reading. The target is brought
up for the run, in a folder of its own, and is gone afterwards.
"""

import argparse
import os
import tempfile
from collections.abc import Mapping
from typing import Any

import requests

from benchmarks.sentiment import social
from benchmarks.waiting import Ask, measured, tell
from tools.tape import session

SENTENCES = social().texts


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
            tell(measured(asks(url), rounds))


if __name__ == "__main__":
    main()
