"""How long a caller waits for forecasts over HTTP, on the embedded target, beside an answer that is a word.

    python -m benchmarks.http_predict [--rounds N]

One caller, one request after the other through API Gateway to the packaged function, warm; milliseconds.
`GET /` reads nothing, so it is what the way there and back costs. Rows are learnt from and validated within
the request. The target is brought up for the run, in a folder of its own, and is gone afterwards.
"""

import argparse
import os
import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import requests

from benchmarks.waiting import Ask, measured, tell
from services.prediction.chaining import FIRST, Told, chained
from services.prediction.forecasts import ForecastsTable
from services.prediction.serving import HORIZONS
from tests.builders import a_forecast
from tools.tape import session

TICKER = "GME"
RECORDED = 250
"""Forecasts a horizon behind the track record: a year of sessions."""


def figures(rows: int, turn: int) -> dict[str, Any]:
    noise = np.random.default_rng(turn)
    return {
        "ticker": TICKER,
        "close": (100 * np.exp(np.cumsum(0.02 * noise.standard_normal(rows)))).round(2).tolist(),
        "volume": noise.integers(1_000_000, 5_000_000, rows).tolist(),
        "positive": noise.integers(0, 20, rows).tolist(),
        "negative": noise.integers(0, 20, rows).tolist(),
        "sentiment": noise.integers(0, 4, rows).tolist(),
    }


def asks(url: str) -> Mapping[str, Ask]:
    """What is measured, by name; the number of a round chooses the figures."""
    web = requests.Session()

    def post(body: Any) -> requests.Response:
        return web.post(f"{url}/predict", json=body, timeout=30)

    return {
        "GET / (a word)": lambda turn: web.get(f"{url}/", timeout=30),
        "a ticker we hold": lambda turn: post({"ticker": TICKER, "days": 90}),
        "30 rows": lambda turn: post(figures(30, turn)),
        "120 rows": lambda turn: post(figures(120, turn)),
        "250 rows": lambda turn: post(figures(250, turn)),
        "1,250 rows": lambda turn: post(figures(1250, turn)),
        "a year's track record": lambda turn: web.get(f"{url}/track-record?ticker={TICKER}", timeout=30),
    }


def record(forecasts: ForecastsTable) -> None:
    for days in HORIZONS:
        head = FIRST
        for n in range(RECORDED):
            told = chained(a_forecast(horizon=days, date=date(2021, 1, 4) + timedelta(days=n)), head)
            forecasts.append([Told(told, "benchmark")])
            head = told.record_hash


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
            record(ForecastsTable(platform.table("Forecasts")))
            tell(measured(asks(url), rounds))


if __name__ == "__main__":
    main()
