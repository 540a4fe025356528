"""Drawdowns, prices and pictures on the embedded target: by HTTP, by `tape`, and by runs at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from services.market_data.bars import BarsTable
from services.market_data.closing import KeptBar
from services.market_data.drawdown_files import DrawdownFiles
from services.market_data.hours import sessions_back
from services.market_data.tracking import Interest
from services.market_data.watched import WatchedTable
from tests.builders import a_bar
from tests.e2e.conftest import TapeRun
from tests.eventually import eventually
from tests.integration.market_data.test_drawdown_files import standing
from tools.tape.platform import Platform

TODAY = date(2019, 12, 30)
"""A day nobody else's bars are of."""
EVENING = datetime(2019, 12, 30, 23, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def url(platform: Platform) -> str:
    found = platform.api_url()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def ranking(platform: Platform) -> Iterator[str]:
    """Forty sessions of two tickers, followed meanwhile and ranked by the deployed Lambda; gives the part."""
    watched, bars = WatchedTable(platform.table("Watched")), BarsTable(platform.table("Bars"))
    days = [session.day for session in sessions_back(TODAY, 40)]
    for ticker, last in (("SPY", 120), ("ZQM", 100)):
        watched.express(Interest("e2e-market", ticker, "watchlist", True, EVENING))
        for day, price in zip(days, [100] * 38 + [125, last], strict=True):
            of = {name: str(price) for name in ("open", "high", "low", "close", "adjusted_close")}
            bars.keep([KeptBar(a_bar(ticker=ticker, date=day, volume=1000, **of), EVENING)])
    platform.tick("market_data-drawdowns-due", EVENING)
    bucket = platform.target.resource("s3").Bucket(platform.bucket("market_data"))
    key = f"drawdowns/universe=tracked/dt={TODAY}/20191230T233000Z.parquet"
    told = f"RANKING#tracked/SESSION#{TODAY}"

    def announced() -> Any:
        return [row for row in platform.rows("CollectionRuns") if f"{row['pk']}/{row['sk']}".startswith(told)]

    eventually(announced, within=120, every=0.5)
    assert [found.key for found in bucket.objects.filter(Prefix=key)] == [key]
    yield key
    watched.forget("e2e-market", EVENING + timedelta(days=1))


def _told(response: requests.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def test_a_ranking_its_prices_and_its_names_are_told_over_http(url: str, ranking: str) -> None:
    told = _told(requests.get(f"{url}/drawdowns", params={"date": str(TODAY)}, timeout=60))
    assert [(row["rank"], row["symbol"], row["drawdown_pct"]) for row in told["data"]] == [
        (1, "ZQM", -20.0),
        (2, "SPY", -4.0),
    ]
    asked = {"ticker": "ZQM", "startDate": "2019-12-27", "endDate": str(TODAY)}
    prices = _told(requests.get(f"{url}/stocks", params=asked, timeout=60))["data"]
    assert [(bar["date"][:10], bar["close"]) for bar in prices] == [
        ("2019-12-27", 125.0),
        (str(TODAY), 100.0),
    ]
    found = _told(requests.get(f"{url}/search", params={"query": "gamestop"}, timeout=60))["data"]
    assert [(one["ticker"], one["exchange"]) for one in found] == [("GME", "NYSE")]


def test_a_picture_is_fetched_as_a_channel_would(url: str, ranking: str) -> None:
    found = requests.get(f"{url}/charts/ZQM/{TODAY}.png", timeout=60)
    assert [step.status_code for step in found.history] == [302]
    assert (found.status_code, found.headers["Content-Type"]) == (200, "image/png")
    assert found.content[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/stocks", 400),
        ("GET", "/stocks?ticker=GME&startDate=2021-02-30", 400),
        ("GET", "/stocks?ticker=ZZZZZZ&type=metadata", 404),
        ("GET", "/search?query=", 400),
        ("GET", "/drawdowns?limit=many", 400),
        ("GET", "/drawdowns?date=2019-12-25", 404),
        ("GET", "/charts/GME/latest.gif", 400),
        ("POST", "/stocks", 405),
        ("DELETE", "/charts/GME/latest.png", 405),
    ],
)
def test_what_cannot_be_answered_is_told_in_the_clients_shape(
    url: str, method: str, path: str, status: int
) -> None:
    told = _told(requests.request(method, f"{url}{path}", timeout=60), status)
    assert list(told) == ["error"]


def test_tape_shows_the_ranking_and_draws_the_picture(tape: TapeRun, ranking: str, tmp_path: Path) -> None:
    shown = tape("drawdowns", "--date", str(TODAY))
    assert shown.returncode == 0, shown.stderr
    assert [line.split()[:2] for line in shown.stdout.splitlines()[1:3]] == [["1", "ZQM"], ["2", "SPY"]]
    picture = tmp_path / "zqm.png"
    assert tape("chart", "ZQM", "--date", str(TODAY), "--out", str(picture)).returncode == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"


@pytest.fixture
def overlapping(platform: Platform) -> Iterator[list[tuple[date, datetime]]]:
    """Three days, each with two runs."""
    first = date(2019, 6, 3)
    yield [
        (first + timedelta(days=n), EVENING + timedelta(days=n, hours=hour))
        for n in range(3)
        for hour in (0, 1)
    ]
    bucket = platform.target.resource("s3").Bucket(platform.bucket("market_data"))
    for prefix in ("drawdowns/universe=overlap/", "views/overlap/"):
        bucket.objects.filter(Prefix=prefix).delete()


def test_runs_at_the_same_time_lose_nothing(
    platform: Platform, overlapping: list[tuple[date, datetime]]
) -> None:
    bucket = platform.bucket("market_data")

    def run(day: date, due: datetime) -> None:
        files = DrawdownFiles(platform.target.client("s3"), bucket)
        files.keep("overlap", day, due, [standing(f"R{due:%H}", day)])
        files.refresh("overlap", day)

    with ThreadPoolExecutor(len(overlapping)) as pool:
        for done in [pool.submit(run, *one) for one in overlapping]:
            done.result()
    parts = platform.target.resource("s3").Bucket(bucket).objects.filter(Prefix="drawdowns/universe=overlap/")
    assert len(list(parts)) == len(overlapping)
    view = platform.target.client("s3").get_object(
        Bucket=bucket, Key="views/overlap/overlap_drawdown_results.csv"
    )
    rows = view["Body"].read().decode().splitlines()[1:]
    assert [row[:14] for row in rows] == ["2019-06-03,R00", "2019-06-04,R00", "2019-06-05,R00"]
