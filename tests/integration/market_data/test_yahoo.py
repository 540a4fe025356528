"""Yahoo through the real yfinance and curl, against a stand-in on loopback that answers as Yahoo does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from curl_cffi.requests import Session

from services.market_data.asking import Panel, Unavailable
from services.market_data.hours import session_of
from services.market_data.sources import providers_named
from services.market_data.yahoo import Yahoo
from tests.unit.market_data.test_recorded import Tape

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:yfinance.*")  # it lags behind pandas

AT = datetime(2021, 1, 27, 17, 0, tzinfo=UTC)
DAYS = (date(2021, 1, 25), date(2021, 1, 26), date(2021, 1, 27))
CLOSES = (76.79, 147.98, 347.51)


class ToLoopback(Session):  # type: ignore[type-arg]
    """A session of the kind yfinance makes, but for where its requests end up."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: Any, url: str, **kwargs: Any) -> Any:  # type: ignore[override]
        parts = urlsplit(url)
        return super().request(method, f"{self._base}/{parts.netloc}{parts.path}", **kwargs)


class StandIn(ThreadingHTTPServer):
    """Answers chart requests with what is set, everything else as an ordinary visitor would get it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.status, self.body = 200, ""
        self.charts: list[str] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        chart = "/v8/finance/chart/" in self.path
        if chart:
            self.server.charts.append(self.path.rpartition("/chart/")[2].partition("?")[0])
        status, body = (self.server.status, self.server.body) if chart else (200, "crumb")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def yahoo_server() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def yahoo(yahoo_server: StandIn) -> Iterator[Yahoo]:
    with ToLoopback(yahoo_server.base) as session:
        yield Yahoo(session)


@pytest.fixture
def ticker() -> str:
    """A new one each time: yfinance remembers what it was told, on disk too."""
    return f"T{uuid4().hex[:8].upper()}"


def chart(
    closes: tuple[float | None, ...] = CLOSES,
    *,
    days: tuple[date, ...] = DAYS,
    traded_at: datetime | None = AT,
) -> str:
    """A chart as Yahoo sends it: columns beside the opens of their sessions."""
    sessions = [session for day in days if (session := session_of(day))]
    opens = [int(session.open.timestamp()) for session in sessions]
    prices = [None if c is None else c + 1 for c in closes], [None if c is None else c - 1 for c in closes]
    meta = {
        "currency": "USD",
        "symbol": "GME",
        "instrumentType": "EQUITY",
        "exchangeTimezoneName": "America/New_York",
        "gmtoffset": -18000,
        "priceHint": 2,
        "dataGranularity": "1d",
        "validRanges": ["1d", "5d", "1mo", "max"],
    }
    if traded_at:
        meta["regularMarketTime"] = int(traded_at.timestamp())
    quote = {
        "open": list(closes),
        "high": prices[0],
        "low": prices[1],
        "close": list(closes),
        "volume": [100 for _ in closes],
    }
    indicators = {"quote": [quote], "adjclose": [{"adjclose": list(closes)}]}
    result = {"meta": meta, "timestamp": opens, "indicators": indicators}
    return json.dumps({"chart": {"result": [result], "error": None}})


def refusal(code: str, description: str) -> str:
    return json.dumps({"chart": {"result": None, "error": {"code": code, "description": description}}})


def test_the_last_trade_is_quoted_against_the_close_before(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str
) -> None:
    yahoo_server.body = chart()
    quote = yahoo.quote(ticker, AT)
    assert not isinstance(quote, Unavailable), quote
    assert (quote.price, quote.previous_close) == (Decimal("347.51"), Decimal("147.98"))
    assert (quote.as_of, quote.provider) == (AT, "yahoo")
    assert yahoo_server.charts == [ticker]


def test_bars_are_those_of_the_sessions_asked_for(yahoo_server: StandIn, yahoo: Yahoo, ticker: str) -> None:
    yahoo_server.body = chart()
    bars = yahoo.bars(ticker, DAYS[0], DAYS[2])
    assert not isinstance(bars, Unavailable), bars
    assert [(bar.day, bar.close) for bar in bars] == [
        (DAYS[0], Decimal("76.79")),
        (DAYS[1], Decimal("147.98")),
        (DAYS[2], Decimal("347.51")),
    ]
    assert (bars[2].high, bars[2].low, bars[2].volume) == (Decimal("348.51"), Decimal("346.51"), 100)
    assert yahoo_server.charts == [ticker]


def test_a_share_class_is_written_as_yahoo_writes_it(yahoo_server: StandIn, yahoo: Yahoo) -> None:
    yahoo_server.body = chart()
    quote = yahoo.quote("BRK.B", AT)
    assert not isinstance(quote, Unavailable), quote
    assert (quote.ticker, yahoo_server.charts) == ("BRK.B", ["BRK-B"])


DELISTED = refusal("Not Found", "No data found, symbol may be delisted")
NOTHING_THEN = refusal("Bad Request", "Data doesn't exist for startDate = 1, endDate = 2")


@pytest.mark.parametrize(
    ("status", "body", "reason", "words"),
    [
        (429, "Too Many Requests", "rate_limited", "no more requests"),
        (404, DELISTED, "delisted", "may be delisted"),
        (400, NOTHING_THEN, "no_data", "Data doesn't exist"),
        (200, json.dumps({"chart": {"result": [], "error": None}}), "no_data", "no price data found"),
        (200, chart((), days=()), "no_data", ""),
        (200, chart(traded_at=None), "no_data", "does not say when"),
        (200, "<html><body>Will be right back</body></html>", "no_data", "CURRENTLY DOWN"),
        (502, "<html>Bad Gateway</html>", "no_data", "JSONDecodeError"),
        (200, "", "no_data", "JSONDecodeError"),
        (200, "[]", "no_data", "no price data found"),
    ],
)
def test_each_refusal_is_told_apart(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str, status: int, body: str, reason: str, words: str
) -> None:
    yahoo_server.status, yahoo_server.body = status, body
    answer = yahoo.quote(ticker, AT)
    assert isinstance(answer, Unavailable), answer
    assert answer.reason == reason, answer.detail
    assert words in answer.detail


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (429, "", "rate_limited"),
        (404, DELISTED, "delisted"),
        (400, NOTHING_THEN, "no_data"),
        (200, "?", "no_data"),
    ],
)
def test_bars_are_refused_in_the_same_words(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str, status: int, body: str, reason: str
) -> None:
    yahoo_server.status, yahoo_server.body = status, body
    answer = yahoo.bars(ticker, DAYS[0], DAYS[2])
    assert isinstance(answer, Unavailable), answer
    assert answer.reason == reason, answer.detail


def test_when_nobody_listens_yahoo_is_unreachable(ticker: str) -> None:
    with StandIn() as closed:
        base = closed.base
    with ToLoopback(base) as session:
        answer = Yahoo(session).quote(ticker, AT)
    assert isinstance(answer, Unavailable)
    assert answer.reason == "unreachable", answer.detail


@pytest.mark.parametrize("last", [None, 0.0, -1.0])
def test_a_last_row_without_a_price_is_no_price(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str, last: float | None
) -> None:
    yahoo_server.body = chart((76.79, 147.98, last))
    answer = Panel([yahoo]).quote(ticker, AT)
    assert isinstance(answer, Unavailable), answer
    assert answer.reason == "no_data"
    assert "the price is" in answer.detail or "no prices of" in answer.detail


def test_a_chart_that_ends_weeks_ago_is_stale(yahoo_server: StandIn, yahoo: Yahoo, ticker: str) -> None:
    yahoo_server.body = chart(traded_at=AT)
    answer = Panel([yahoo]).quote(ticker, datetime(2021, 2, 17, 17, 0, tzinfo=UTC))
    assert isinstance(answer, Unavailable)
    assert "before the last session" in answer.detail


def test_of_the_past_yahoo_knows_no_quotes(yahoo_server: StandIn, yahoo: Yahoo, ticker: str) -> None:
    yahoo_server.body = chart(traded_at=AT)
    answer = Panel([yahoo]).quote(ticker, datetime(2021, 1, 26, 17, 0, tzinfo=UTC))
    assert isinstance(answer, Unavailable)
    assert "later than" in answer.detail


def test_providers_are_asked_in_the_order_they_are_named() -> None:
    named = providers_named(["yahoo", "recorded"], recorded=Tape())
    assert [provider.name for provider in named] == ["yahoo", "recorded"]


def test_yfinance_is_not_imported_unless_it_is_named() -> None:
    ask = "import sys; from services.market_data import sources; sys.exit('yfinance' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0
