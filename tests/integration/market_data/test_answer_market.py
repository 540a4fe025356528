"""AnswerMarket through its real handler, over what the collectors and the ranking keep."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.market_data.bars import BarsTable
from services.market_data.closing import KeptBar
from services.market_data.drawdown_files import DrawdownFiles
from services.market_data.rankings import RankingsTable
from services.market_data.standings import announcement
from tests.bench import Bench
from tests.builders import a_bar
from tests.integration.market_data.test_drawdown_files import standing

EVENING = datetime(2021, 2, 2, 23, 30, tzinfo=UTC)
GME = {"date": "2021-01-27", "open": "354.83", "high": "380", "low": "249", "close": "347.50"}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("market_data", "answer_market") as made:
        bars = BarsTable(made.table("Bars"))
        for ticker in ("GME", "HOUSE"):
            told = a_bar(ticker=ticker, adjusted_close="173.75", volume=93396700, **GME)
            bars.keep([KeptBar(told, EVENING)])
        bars.keep([KeptBar(a_bar(ticker="GME", date="2021-01-26"), EVENING)])
        files = DrawdownFiles(made.bucket().meta.client, made.bucket().name)
        for due, first in ((EVENING, "AMC"), (EVENING.replace(minute=45), "GME")):
            rows = [standing(first, rank=1), standing("SPY", rank=2)]
            address, kept = files.keep("tracked", rows[0].date, due, rows)
            RankingsTable(made.table("CollectionRuns")).keep(announcement("tracked", kept, address), due)
        yield made


def ask(bench: Bench, path: str, method: str = "GET", **query: str) -> tuple[int, Any]:
    request = {"httpMethod": method, "resource": path, "path": path, "queryStringParameters": query or None}
    answer = bench.call(request)
    assert answer["headers"]["Content-Type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def test_prices_are_told_in_the_names_their_clients_know(bench: Bench) -> None:
    status, told = ask(bench, "/stocks", ticker="gme", startDate="2021-01-27", endDate="2021-01-27")
    assert (status, told["_meta"]) == (200, {"ticker": "GME", "count": 1})
    assert told["data"] == [
        {
            "date": "2021-01-27T00:00:00.000Z",
            "open": 354.83,
            "high": 380.0,
            "low": 249.0,
            "close": 347.5,
            "volume": 93396700,
            "adjOpen": 177.415,
            "adjHigh": 190.0,
            "adjLow": 124.5,
            "adjClose": 173.75,
            "adjVolume": 93396700,
            "provider": told["data"][0]["provider"],
        }
    ]


def test_prices_come_oldest_first_up_to_today(bench: Bench) -> None:
    _, told = ask(bench, "/stocks", ticker="GME", startDate="2020-11-30")
    assert [bar["date"][:10] for bar in told["data"]] == ["2021-01-26", "2021-01-27"]
    assert ask(bench, "/stocks", ticker="GME", startDate="2020-01-01", endDate="2020-01-02")[1]["data"] == []


def test_prices_of_before_a_split_are_adjusted_beside_what_they_were(bench: Bench) -> None:
    days = [("2021-02-01", "400", None), ("2021-02-02", "101", "100")]
    for day, close, before in days:
        of = {name: close for name in ("open", "high", "low", "close", "adjusted_close")}
        told = a_bar(ticker="TSLA", date=day, volume=1000, previous_close=before, **of)
        BarsTable(bench.table("Bars")).keep([KeptBar(told, EVENING)])
    _, told_again = ask(bench, "/stocks", ticker="TSLA", startDate="2021-02-01", endDate="2021-02-28")
    first = told_again["data"][0]
    assert (first["close"], first["adjClose"], first["volume"], first["adjVolume"]) == (400, 100, 1000, 4000)


def test_a_ticker_that_is_listed_and_not_followed_has_no_prices_yet(bench: Bench) -> None:
    assert ask(bench, "/stocks", ticker="MSFT", startDate="2021-01-01")[1]["data"] == []


def test_metadata_tells_the_name_and_since_when_bars_are_kept(bench: Bench) -> None:
    assert ask(bench, "/stocks", ticker="GME", type="metadata")[1]["data"] == {
        "ticker": "GME",
        "name": "GameStop",
        "exchangeCode": "NYSE",
        "startDate": "2021-01-26",
        "endDate": "2021-01-27",
        "description": "",
    }
    assert ask(bench, "/stocks", ticker="MSFT", type="metadata")[1]["data"]["startDate"] is None
    assert ask(bench, "/stocks", ticker="HOUSE", type="metadata")[1]["data"]["name"] == "HOUSE"


def test_a_search_tells_symbols_names_and_whether_they_trade(bench: Bench) -> None:
    _, told = ask(bench, "/search", query="gme", limit="1")
    assert told == {
        "data": [
            {
                "ticker": "GME",
                "name": "GameStop",
                "assetType": "Stock",
                "isActive": True,
                "symbol": "GME",
                "exchange": "NYSE",
            }
        ]
    }
    assert ask(bench, "/search", query="spy")[1]["data"][0]["assetType"] == "ETF"
    assert ask(bench, "/search", query="Francesca's")[1]["data"][0]["isActive"] is False
    assert len(ask(bench, "/search", query="a")[1]["data"]) == 10


def test_the_newest_run_of_the_newest_day_is_told_by_rank(bench: Bench) -> None:
    status, told = ask(bench, "/drawdowns")
    assert status == 200
    assert [(row["rank"], row["symbol"], row["drawdown_pct"]) for row in told["data"]] == [
        (1, "GME", -10.0),
        (2, "SPY", -10.0),
    ]
    assert told["_meta"] == {
        "universe": "tracked",
        "date": "2021-02-02",
        "sessions": 180,
        "peak_of": "close",
        "ranked": 2,
        "set_aside": [],
    }
    assert list(told["data"][0])[:8] == [
        "date",
        "symbol",
        "current_price",
        "peak_price",
        "drawdown_pct",
        "days_since_peak",
        "volume",
        "rank",
    ]


def test_a_ranking_is_told_page_by_page(bench: Bench) -> None:
    def page(**query: str) -> list[str]:
        return [row["symbol"] for row in ask(bench, "/drawdowns", date="2021-02-02", **query)[1]["data"]]

    assert page(limit="1") == ["GME"]
    assert page(limit="1", offset="1") == ["SPY"]
    assert page(offset="2") == []


BAD: list[tuple[str, dict[str, str], str]] = [
    ("/stocks", {}, "ticker"),
    ("/stocks", {"ticker": "GME"}, "startDate"),
    ("/stocks", {"ticker": "../etc", "startDate": "2021-01-01"}, "ticker"),
    ("/stocks", {"ticker": "GME", "startDate": "yesterday"}, "startDate"),
    ("/stocks", {"ticker": "GME", "startDate": "2021-02-30"}, "startDate"),
    ("/stocks", {"ticker": "GME", "startDate": "２０２１-01-01"}, "startDate"),
    ("/stocks", {"ticker": "GME", "startDate": "0001-01-01"}, "startDate"),
    ("/stocks", {"ticker": "GME", "startDate": "1990-01-01", "endDate": "2021-01-01"}, "startDate"),
    ("/stocks", {"ticker": "GME", "startDate": "2021-01-02", "endDate": "2021-01-01"}, "startDate"),
    ("/stocks", {"ticker": "GME", "startDate": "2021-01-02", "endDate": "x" * 9000}, "endDate"),
    ("/stocks", {"ticker": "GME", "type": "dividends"}, "type"),
    ("/search", {}, "query"),
    ("/search", {"query": "   "}, "query"),
    ("/search", {"query": "x" * 101}, "query"),
    ("/search", {"query": "gme", "limit": "0"}, "limit"),
    ("/search", {"query": "gme", "limit": "٣"}, "limit"),
    ("/drawdowns", {"date": "27.01.2021"}, "date"),
    ("/drawdowns", {"limit": "1001"}, "limit"),
    ("/drawdowns", {"offset": "-1"}, "offset"),
    ("/drawdowns", {"universe": "moon"}, "universe"),
]


@pytest.mark.parametrize(("path", "query", "field"), BAD)
def test_a_bad_question_names_the_parameter_and_what_to_send(
    bench: Bench, path: str, query: dict[str, str], field: str
) -> None:
    status, told = ask(bench, path, **query)
    assert (status, list(told)) == (400, ["error"])
    assert told["error"].startswith(field)
    assert "send " in told["error"]
    assert len(told["error"]) < 200


def test_what_is_not_there_is_not_found(bench: Bench) -> None:
    for path, query in (
        ("/stocks", {"ticker": "ZZZZZZ", "startDate": "2021-01-01"}),
        ("/stocks", {"ticker": "ZZZZZZ", "type": "metadata"}),
        ("/drawdowns", {"date": "2021-02-03"}),
        ("/bonds", {}),
    ):
        status, told = ask(bench, path, **query)
        assert (status, list(told)) == (404, ["error"]), path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_get_is_answered(bench: Bench, method: str) -> None:
    for path in ("/stocks", "/search", "/drawdowns"):
        status, told = ask(bench, path, method, ticker="GME", query="gme")
        assert (status, list(told)) == (405, ["error"])
