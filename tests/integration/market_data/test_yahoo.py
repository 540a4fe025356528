"""Yahoo through the real yfinance and curl, against a stand-in on loopback that answers as Yahoo does."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from services.market_data.asking import Bar, Histories, Patience, Quote, Quotes, Unavailable
from services.market_data.consulting import Panel, always
from services.market_data.doubting import doubt_about
from services.market_data.hours import session_of
from services.market_data.yahoo import Attentive, Yahoo
from tests.unit.market_data.doubles import Notes

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:yfinance.*")  # it lags behind pandas

AT = datetime(2021, 1, 27, 17, 0, tzinfo=UTC)
DAYS = (date(2021, 1, 25), date(2021, 1, 26), date(2021, 1, 27))
CLOSES = (76.79, 147.98, 347.51)


class ToLoopback(Attentive):
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
        self.status, self.body, self.retry_after = 200, "", ""
        self.hangs = Event()
        self.hangs.set()
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
        if chart:
            self.server.hangs.wait(5)
        self.send_response(status)
        if chart and self.server.retry_after:
            self.send_header("Retry-After", self.server.retry_after)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        with suppress(BrokenPipeError):  # who hung up does not wait for it
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


def quoted(yahoo: Yahoo, ticker: str) -> Quote | Unavailable:
    answer = yahoo.quotes([ticker], AT)
    return answer if isinstance(answer, Unavailable) else answer[ticker]


def traded(yahoo: Yahoo, ticker: str) -> list[Bar] | Unavailable:
    answer = yahoo.bars([ticker], DAYS[0], DAYS[2])
    return answer if isinstance(answer, Unavailable) else answer[ticker]


class AtOnce:
    """Yahoo as a provider of one ticker, its turn always come."""

    name = "yahoo"

    def __init__(self, yahoo: Yahoo) -> None:
        self._yahoo = yahoo

    def quotes(self, tickers: Sequence[str], at: datetime, patience: Patience) -> Quotes:
        return {ticker: quoted(self._yahoo, ticker) for ticker in tickers}

    def bars(self, tickers: Sequence[str], first: date, last: date, patience: Patience) -> Histories:
        return {ticker: traded(self._yahoo, ticker) for ticker in tickers}


def believed(yahoo: Yahoo, ticker: str, at: datetime = AT) -> Quote | Unavailable:
    return Panel([AtOnce(yahoo)], always, Notes()).quotes([ticker], at)[ticker]


@pytest.fixture
def ticker() -> str:
    """A new one each time: yfinance remembers what it was told, on disk too."""
    return f"T{uuid4().hex[:8].upper()}"


def chart(
    closes: tuple[float | None, ...] = CLOSES,
    *,
    days: tuple[date, ...] = DAYS,
    traded_at: datetime | None = AT,
    currency: str = "USD",
) -> str:
    """A chart as Yahoo sends it: columns beside the opens of their sessions."""
    sessions = [session for day in days if (session := session_of(day))]
    opens = [int(session.open.timestamp()) for session in sessions]
    prices = [None if c is None else c + 1 for c in closes], [None if c is None else c - 1 for c in closes]
    meta = {
        "currency": currency,
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
    quote = quoted(yahoo, ticker)
    assert not isinstance(quote, Unavailable), quote
    assert (quote.price, quote.previous_close) == (Decimal("347.51"), Decimal("147.98"))
    assert (quote.as_of, quote.provider) == (AT, "yahoo")
    assert yahoo_server.charts == [ticker]


def test_bars_are_those_of_the_sessions_asked_for(yahoo_server: StandIn, yahoo: Yahoo, ticker: str) -> None:
    yahoo_server.body = chart()
    bars = traded(yahoo, ticker)
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
    quote = quoted(yahoo, "BRK.B")
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
        (200, "<html><body>Will be right back</body></html>", "unreachable", "CURRENTLY DOWN"),
        (502, "<html>Bad Gateway</html>", "unreachable", "JSONDecodeError"),
        (200, "<html><body>Consent</body></html>", "unreachable", "JSONDecodeError"),
        (200, "", "unreachable", "JSONDecodeError"),
        (200, chart(currency="GBp"), "no_data", "in GBp"),
        (200, "[]", "no_data", "no price data found"),
    ],
)
def test_each_refusal_is_told_apart(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str, status: int, body: str, reason: str, words: str
) -> None:
    yahoo_server.status, yahoo_server.body = status, body
    answer = quoted(yahoo, ticker)
    assert isinstance(answer, Unavailable), answer
    assert answer.reason == reason, answer.detail
    assert words in answer.detail


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (429, "", "rate_limited"),
        (404, DELISTED, "delisted"),
        (400, NOTHING_THEN, "no_data"),
        (200, "?", "unreachable"),
    ],
)
def test_bars_are_refused_in_the_same_words(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str, status: int, body: str, reason: str
) -> None:
    yahoo_server.status, yahoo_server.body = status, body
    answer = traded(yahoo, ticker)
    assert isinstance(answer, Unavailable), answer
    assert answer.reason == reason, answer.detail


@pytest.mark.parametrize(("asked", "rest"), [("", None), ("120", timedelta(minutes=2))])
def test_a_rate_limit_says_how_long_to_rest_where_yahoo_does(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str, asked: str, rest: timedelta | None
) -> None:
    yahoo_server.status, yahoo_server.retry_after = 429, asked
    answer = quoted(yahoo, ticker)
    assert isinstance(answer, Unavailable)
    assert (answer.reason, answer.rest) == ("rate_limited", rest)


def test_an_answer_that_does_not_come_is_not_waited_for(yahoo_server: StandIn, ticker: str) -> None:
    yahoo_server.hangs.clear()
    with ToLoopback(yahoo_server.base) as session:
        answer = quoted(Yahoo(session, timeout_s=0.1), ticker)
    yahoo_server.hangs.set()
    assert isinstance(answer, Unavailable)
    assert answer.reason == "unreachable", answer.detail


def test_a_split_yahoo_did_not_adjust_for_is_a_move_nobody_believes(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str
) -> None:
    yahoo_server.body = chart((500.0, 499.0, 129.0))
    quote = believed(yahoo, ticker)
    assert isinstance(quote, Quote)
    nobody = Unavailable("no_data", "nobody else")
    assert doubt_about(quote, None, lambda: nobody) == "-74.15 % against the previous close, seen once"


def test_when_nobody_listens_yahoo_is_unreachable(ticker: str) -> None:
    with StandIn() as closed:
        base = closed.base
    with ToLoopback(base) as session:
        answer = quoted(Yahoo(session), ticker)
    assert isinstance(answer, Unavailable)
    assert answer.reason == "unreachable", answer.detail


@pytest.mark.parametrize("last", [None, 0.0, -1.0])
def test_a_last_row_without_a_price_is_no_price(
    yahoo_server: StandIn, yahoo: Yahoo, ticker: str, last: float | None
) -> None:
    yahoo_server.body = chart((76.79, 147.98, last))
    answer = believed(yahoo, ticker)
    assert isinstance(answer, Unavailable), answer
    assert answer.reason == "no_data"
    assert "the price is" in answer.detail or "no prices of" in answer.detail


def test_a_chart_that_ends_weeks_ago_is_stale(yahoo_server: StandIn, yahoo: Yahoo, ticker: str) -> None:
    yahoo_server.body = chart(traded_at=AT)
    answer = believed(yahoo, ticker, datetime(2021, 2, 17, 17, 0, tzinfo=UTC))
    assert isinstance(answer, Unavailable)
    assert "before the last session" in answer.detail


def test_of_the_past_yahoo_knows_no_quotes(yahoo_server: StandIn, yahoo: Yahoo, ticker: str) -> None:
    yahoo_server.body = chart(traded_at=AT)
    answer = believed(yahoo, ticker, datetime(2021, 1, 26, 17, 0, tzinfo=UTC))
    assert isinstance(answer, Unavailable)
    assert "later than" in answer.detail


def test_yfinance_is_not_imported_unless_it_is_named() -> None:
    ask = "import sys; from services.market_data import sources; sys.exit('yfinance' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0
