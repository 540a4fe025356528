"""AnswerChart through its real handler; what its address leads to is fetched."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests

from services.market_data.bars import BarsTable
from services.market_data.closing import KeptBar
from services.market_data.hours import sessions_back
from tests.bench import Bench
from tests.builders import NOON, a_bar

FRIDAY, THURSDAY = date(2021, 1, 29), date(2021, 1, 28)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("market_data", "answer_chart") as made:
        days = [session.day for session in sessions_back(FRIDAY, 40)]
        bars = [a_bar(ticker="GME", date=day, close=str(100 + n)) for n, day in enumerate(days)]
        alone = a_bar(ticker="SPY", date=FRIDAY)
        BarsTable(made.table("Bars")).keep([KeptBar(bar, NOON) for bar in [*bars, alone]])
        yield made


def ask(bench: Bench, ticker: str, picture: str, method: str = "GET") -> Any:
    path = "/charts/{ticker}/{picture}"
    return bench.call(
        {"httpMethod": method, "resource": path, "pathParameters": {"ticker": ticker, "picture": picture}}
    )


def files(bench: Bench) -> list[str]:
    return [found.key for found in bench.bucket().objects.filter(Prefix="charts/")]


def test_the_address_leads_to_a_picture_that_is_drawn_once(bench: Bench) -> None:
    first, again = (ask(bench, "gme", "2021-01-29.png") for _ in range(2))
    assert first["statusCode"] == again["statusCode"] == 302
    (key,) = files(bench)
    assert key.startswith("charts/GME/2021-01-29-")
    found = requests.get(first["headers"]["Location"], timeout=10)
    assert (found.status_code, found.headers["Content-Type"]) == (200, "image/png")
    assert found.content[:4] == b"\x89PNG"
    assert first["headers"]["Location"].split("?")[0] == again["headers"]["Location"].split("?")[0]


def test_a_day_off_shows_the_session_before_and_latest_the_newest(bench: Bench) -> None:
    def name(picture: str) -> str:
        where: str = ask(bench, "GME", picture)["headers"]["Location"]
        return where.split("?")[0].rsplit("/", 1)[1]

    assert name("2021-01-31.png") == name("2021-01-29.png")
    assert name("2021-01-28.png").startswith(str(THURSDAY))


def test_other_bars_are_another_picture(bench: Bench) -> None:
    before = ask(bench, "GME", "2021-01-28.png")["headers"]["Location"].split("?")[0]
    table = BarsTable(bench.table("Bars"))
    (kept,) = table.between("GME", THURSDAY, THURSDAY)
    table.keep([KeptBar(kept.told.model_copy(update={"close": Decimal(90)}), NOON)])
    try:
        assert ask(bench, "GME", "2021-01-28.png")["headers"]["Location"].split("?")[0] != before
    finally:
        table.keep([kept])


@pytest.mark.parametrize(
    ("ticker", "picture", "status", "error"),
    [
        ("GME", "2021-01-29", 400, "picture"),
        ("GME", ".png", 400, "picture"),
        ("GME", "yesterday.png", 400, "picture"),
        ("GME", "2021-02-30.png", 400, "picture"),
        ("G/M", "latest.png", 400, "ticker"),
        ("x" * 99, "latest.png", 400, "ticker"),
        ("AMC", "2021-01-29.png", 404, "too few bars"),
        ("SPY", "2021-01-29.png", 404, "too few bars"),
        ("GME", "1990-01-01.png", 404, "too few bars"),
    ],
)
def test_what_cannot_be_shown_is_told(
    bench: Bench, ticker: str, picture: str, status: int, error: str
) -> None:
    answer = ask(bench, ticker, picture)
    assert answer["statusCode"] == status
    told = json.loads(answer["body"])
    assert list(told) == ["error"]
    assert told["error"].startswith(error)


def test_only_get_is_answered(bench: Bench) -> None:
    assert ask(bench, "GME", "latest.png", "POST")["statusCode"] == 405
