"""Alpaca, Tiingo and Polygon over HTTP, against a stand-in on loopback that answers as they do."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it uses parts of websockets that are to go
    from alpaca.data.historical import StockHistoricalDataClient
    from alpaca.data.models import BarSet
    from alpaca.data.requests import StockBarsRequest, StockSnapshotRequest
    from alpaca.data.timeframe import TimeFrame

from services.market_data.alpaca import Alpaca
from services.market_data.asking import Bar, Quote, Reason, Unavailable, bar_fault, quote_fault
from services.market_data.doubting import doubt_about, looks_unadjusted
from services.market_data.polite import Vendor
from services.market_data.polygon import Polygon
from services.market_data.tiingo import Tiingo
from services.market_data.web import Keys
from tests.integration.market_data.stand_in import Asked, Reply, StandIn, standing_in
from tests.unit.market_data.doubles import a_price

AT = datetime(2021, 1, 27, 17, 0, tzinfo=UTC)
DAYS = (date(2021, 1, 26), date(2021, 1, 27))
CLOSES = (147.98, 347.51)
EXACT = [Decimal("147.98"), Decimal("347.51")]


@dataclass
class Kept:
    """Credentials as the secret has them: *then* is what it holds once it is read anew."""

    now: Keys | None = field(
        default_factory=lambda: {"key_id": "K1", "secret_key": "S1", "token": "K1", "key": "K1"}
    )
    then: Keys | None = None
    read: list[bool] = field(default_factory=list)

    def of(self, vendor: str, *, renewed: bool = False) -> Keys | None:
        self.read.append(renewed)
        if renewed:
            self.now = self.then or self.now
        return self.now


Closes = tuple[float | None, ...]


def alpaca_quote(price: float | None, traded_at: datetime = AT, before: float = CLOSES[0]) -> Any:
    def daily(day: date, close: float | None) -> dict[str, Any]:
        return {"t": f"{day}T05:00:00Z", "o": 1, "h": 1, "l": 1, "c": close, "v": 9, "n": 1, "vw": 1}

    trade = {
        "t": traded_at.isoformat().replace("+00:00", "Z"),
        "p": price,
        "s": 100,
        "x": "V",
        "i": 1,
        "z": "A",
    }
    bars = {"dailyBar": daily(DAYS[1], price), "prevDailyBar": daily(DAYS[0], before)}
    return {"GME": {"latestTrade": {**trade, "c": ["@"]}, "minuteBar": daily(DAYS[1], price), **bars}}


def alpaca_bars(closes: Closes = CLOSES, **more: Any) -> Any:
    rows = [
        {"t": f"{day}T05:00:00Z", "o": c, "h": c, "l": c, "c": c, "v": 100, "n": 1, "vw": c}
        for day, c in zip(DAYS, closes, strict=True)
    ]
    return {"bars": {"GME": rows}, "next_page_token": None, **more}


def tiingo_quote(price: float | None, traded_at: datetime = AT, before: float = CLOSES[0]) -> Any:
    return [{"ticker": "GME", "last": price, "prevClose": before, "lastSaleTimestamp": traded_at.isoformat()}]


def tiingo_bars(closes: Closes = CLOSES, splits: tuple[float, ...] = (1, 1)) -> Any:
    return [
        {"date": f"{day}T00:00:00.000Z", "open": c, "high": c, "low": c, "close": c, "volume": 100,
         "adjClose": c, "divCash": 0.0, "splitFactor": split}
        for day, c, split in zip(DAYS, closes, splits, strict=True)
    ]  # fmt: skip


def polygon_quote(price: float | None, traded_at: datetime = AT, before: float = CLOSES[0]) -> Any:
    trade = {"p": price, "t": int(traded_at.timestamp()) * 10**9}
    return {"status": "DELAYED", "tickers": [{"ticker": "GME", "lastTrade": trade, "prevDay": {"c": before}}]}


def polygon_bars(closes: Closes = CLOSES, **more: Any) -> Any:
    rows = [
        {
            "o": c,
            "h": c,
            "l": c,
            "c": c,
            "v": 100.0,
            "t": int(datetime(*day.timetuple()[:3], 5, tzinfo=UTC).timestamp()) * 1000,
        }
        for day, c in zip(DAYS, closes, strict=True)
    ]
    return {"status": "OK", "adjusted": True, "results": rows, **more}


@dataclass(frozen=True)
class Kind:
    make: Callable[..., Vendor]
    quote: Callable[..., Any]
    bars: Callable[..., Any]
    feeds: tuple[str | None, str | None]
    nothing: Any


KINDS = {
    "alpaca": Kind(
        lambda kept, base, **k: Alpaca(kept, "iex", base, **k), alpaca_quote, alpaca_bars, ("iex", "sip"), {}
    ),
    "tiingo": Kind(
        lambda kept, base, **k: Tiingo(kept, base, **k), tiingo_quote, tiingo_bars, ("iex", None), []
    ),
    "polygon": Kind(
        lambda kept, base, **k: Polygon(kept, base, **k),
        polygon_quote,
        polygon_bars,
        ("delayed", "ok"),
        {"status": "OK"},
    ),
}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with standing_in() as server:
        yield server


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def quoted(vendor: Vendor) -> Quote | Unavailable | None:
    found = vendor.quotes(["GME"], AT)
    return found if isinstance(found, Unavailable) else found.get("GME")


def traded(vendor: Vendor) -> list[Bar] | Unavailable:
    found = vendor.bars(["GME"], *DAYS)
    return found if isinstance(found, Unavailable) else found.get("GME", [])


def test_a_quote_says_its_price_its_moment_its_provider_and_its_feed(server: StandIn, kind: Kind) -> None:
    server.reply = Reply(kind.quote(347.51))
    vendor = kind.make(Kept(), server.base)
    quote = quoted(vendor)
    assert isinstance(quote, Quote), quote
    assert (quote.price, quote.previous_close, quote.as_of) == (EXACT[1], EXACT[0], AT)
    assert (quote.provider, quote.feed) == (vendor.name, kind.feeds[0])
    assert quote_fault(quote, AT) is None


def test_bars_are_of_their_days_and_say_provider_and_feed(server: StandIn, kind: Kind) -> None:
    server.reply = Reply(kind.bars())
    vendor = kind.make(Kept(), server.base)
    bars = traded(vendor)
    assert not isinstance(bars, Unavailable), bars
    assert [(bar.day, bar.close, bar.volume) for bar in bars] == [
        (DAYS[0], EXACT[0], 100),
        (DAYS[1], EXACT[1], 100),
    ]
    assert {(bar.provider, bar.feed) for bar in bars} == {(vendor.name, kind.feeds[1])}
    assert [bar_fault(bar) for bar in bars] == [None, None]


HTML = Reply("<html><body>Please wait</body></html>")
DATED = {"Date": "Wed, 27 Jan 2021 17:00:00 GMT", "Retry-After": "Wed, 27 Jan 2021 17:05:00 GMT"}


@pytest.mark.parametrize(
    ("reply", "reason", "rest"),
    [
        (Reply(status=429), "rate_limited", None),
        (Reply(status=429, headers={"Retry-After": "90"}), "rate_limited", timedelta(seconds=90)),
        (Reply(status=429, headers={"Retry-After": "soon"}), "rate_limited", None),
        (Reply(HTML.body, 429), "rate_limited", None),
        (HTML, "unreachable", None),
        (Reply(HTML.body, 503), "unreachable", None),
        (Reply("", 200), "unreachable", None),
        (Reply("", 302, {"Location": "http://127.0.0.1:1/"}), "unreachable", None),
        (Reply({"message": "forbidden"}, 403), "no_credentials", None),
        (Reply({"message": "invalid symbol"}, 400), "no_data", None),
    ],
)
def test_each_refusal_is_told_apart(
    server: StandIn, kind: Kind, reply: Reply, reason: Reason, rest: timedelta | None
) -> None:
    server.reply = reply
    for answer in (quoted(kind.make(Kept(), server.base)), traded(kind.make(Kept(), server.base))):
        assert isinstance(answer, Unavailable), answer
        assert (answer.reason, answer.rest) == (reason, rest)
    assert len(server.asked) == 2


def test_a_ticker_nobody_knows_is_delisted_where_one_is_asked_for(server: StandIn) -> None:
    server.reply = Reply({"detail": "Not found."}, 404)
    for name in ("tiingo", "polygon"):
        answer = KINDS[name].make(Kept(), server.base).bars(["GME"], *DAYS)
        assert not isinstance(answer, Unavailable)
        told = answer["GME"]
        assert isinstance(told, Unavailable)
        assert told.reason == "delisted"


def test_an_address_of_many_that_leads_nowhere_makes_none_of_them_delisted(
    server: StandIn, kind: Kind
) -> None:
    server.reply = Reply({"message": "Not found"}, 404)
    answer = kind.make(Kept(), server.base).quotes(["GME", "AMC"], AT)
    assert isinstance(answer, Unavailable)
    assert answer.reason == "unreachable"


def test_an_empty_answer_is_no_price_and_no_bar(server: StandIn, kind: Kind) -> None:
    server.reply = Reply(kind.nothing)
    assert quoted(kind.make(Kept(), server.base)) is None
    assert traded(kind.make(Kept(), server.base)) == []


@pytest.mark.parametrize("price", [None, 0, -1, float("nan")])
def test_a_last_row_without_a_price_is_refused_by_the_rules(
    server: StandIn, kind: Kind, price: float | None
) -> None:
    server.reply = Reply(kind.quote(price))
    quote = quoted(kind.make(Kept(), server.base))
    assert isinstance(quote, Quote), quote
    assert quote_fault(quote, AT) is not None
    server.reply = Reply(kind.bars((147.98, price)))
    bars = traded(kind.make(Kept(), server.base))
    assert not isinstance(bars, Unavailable)
    assert [bar_fault(bar) is None for bar in bars] == [True, False]


def test_a_price_of_last_month_is_stale(server: StandIn, kind: Kind) -> None:
    server.reply = Reply(kind.quote(347.51))
    quote = quoted(kind.make(Kept(), server.base))
    assert isinstance(quote, Quote)
    assert quote_fault(quote, AT + timedelta(days=21)) is not None


def test_a_split_nobody_adjusted_for_is_a_move_nobody_believes(server: StandIn, kind: Kind) -> None:
    server.reply = Reply(kind.quote(129.0, before=499.0))
    quote = quoted(kind.make(Kept(), server.base))
    assert isinstance(quote, Quote)
    assert doubt_about(quote, None, lambda: Unavailable("no_data", "")) is not None
    server.reply = Reply(kind.bars((499.0, 129.0)))
    bars = traded(kind.make(Kept(), server.base))
    assert not isinstance(bars, Unavailable)
    assert looks_unadjusted(*bars)


@pytest.mark.parametrize("odd", [None, 7, "soon", [], {}])
def test_what_cannot_be_read_of_one_ticker_says_nothing_of_that_one_alone(
    server: StandIn, kind: Kind, odd: Any
) -> None:
    def spoilt(told: Any) -> Any:
        """Every moment and day in the answer is *odd*."""
        if isinstance(told, dict):
            moments = ("t", "date", "lastSaleTimestamp")
            return {name: odd if name in moments else spoilt(value) for name, value in told.items()}
        return [spoilt(one) for one in told] if isinstance(told, list) else told

    server.reply = Reply(spoilt(kind.quote(347.51)))
    quote = quoted(kind.make(Kept(), server.base))
    assert isinstance(quote, Unavailable) or quote_fault(quote or a_price(price=Decimal(0)), AT), quote
    server.reply = Reply(spoilt(kind.bars()))
    bars = traded(kind.make(Kept(), server.base))
    assert isinstance(bars, Unavailable) or not bars or bars[0].day.year < 1971, bars


def test_tiingo_tells_its_splits_and_they_are_taken_out(server: StandIn) -> None:
    server.reply = Reply(tiingo_bars((500.0, 125.0), (1, 4)))
    bars = traded(Tiingo(Kept(), server.base))
    assert not isinstance(bars, Unavailable)
    assert [(bar.close, bar.volume) for bar in bars] == [(Decimal(125), 400), (Decimal(125), 100)]


def test_polygon_prices_that_are_not_adjusted_are_none(server: StandIn) -> None:
    server.reply = Reply(polygon_bars(adjusted=False))
    answer = traded(Polygon(Kept(), server.base))
    assert isinstance(answer, Unavailable)
    assert answer.reason == "no_data"


def test_another_currency_is_no_answer_and_dollars_are_asked_for(server: StandIn) -> None:
    server.reply = Reply(alpaca_bars(currency="GBP"))
    answer = traded(Alpaca(Kept(), "iex", server.base))
    assert isinstance(answer, Unavailable)
    assert "US dollars" in answer.detail
    assert server.asked[0].query["currency"] == "USD"


def test_an_answer_that_does_not_come_is_not_waited_for(server: StandIn, kind: Kind) -> None:
    server.hangs.clear()
    answer = quoted(kind.make(Kept(), server.base, whole_s=0.1))
    assert isinstance(answer, Unavailable)
    assert answer.reason == "unreachable"


def test_nobody_listening_is_unreachable(kind: Kind) -> None:
    with StandIn() as closed:
        base = closed.base
    answer = quoted(kind.make(Kept(), base))
    assert isinstance(answer, Unavailable)
    assert answer.reason == "unreachable"


def only(key: str) -> Callable[[Asked], Reply]:
    def reply(asked: Asked) -> Reply:
        said = " ".join(asked.headers.values())
        return Reply({"status": "OK"}) if key in said else Reply({"message": f"{said} is wrong"}, 401)

    return reply


def test_refused_credentials_are_looked_up_anew_once(server: StandIn, kind: Kind) -> None:
    server.reply = only("K2")
    kept = Kept(then={"key_id": "K2", "secret_key": "S2", "token": "K2", "key": "K2"})
    vendor = kind.make(kept, server.base)
    assert quoted(vendor) is None
    assert quoted(vendor) is None
    assert (kept.read, len(server.asked)) == ([False, True, False], 3)


def test_credentials_that_stay_refused_are_not_tried_again_and_never_told(
    server: StandIn, kind: Kind
) -> None:
    server.reply = only("K3")
    kept = Kept()
    vendor = kind.make(kept, server.base)
    answers = [quoted(vendor), quoted(vendor)]
    assert [a.reason for a in answers if isinstance(a, Unavailable)] == ["no_credentials"] * 2
    assert (len(server.asked), kept.read.count(True)) == (1, 1)
    assert "K1" not in str(answers)
    assert "S1" not in str(answers)


def test_a_refusal_that_repeats_our_credentials_is_told_without_them(server: StandIn, kind: Kind) -> None:
    server.reply = Reply("the key K1 may not do this", 403)
    answer = quoted(kind.make(Kept(), server.base))
    assert isinstance(answer, Unavailable)
    assert "K1" not in answer.detail
    assert "may not do this" in answer.detail


def test_without_credentials_nobody_is_asked_and_the_remedy_is_said(server: StandIn, kind: Kind) -> None:
    answer = quoted(kind.make(Kept(None), server.base))
    assert isinstance(answer, Unavailable)
    assert (answer.reason, server.asked) == ("no_credentials", [])
    assert "ProviderSecret" in answer.detail


def test_credentials_are_in_no_address(server: StandIn, kind: Kind) -> None:
    quoted(kind.make(Kept(), server.base))
    (asked,) = server.asked
    assert "K1" not in f"{asked.path}{asked.query}"
    assert "K1" in " ".join(asked.headers.values())


def test_alpaca_is_asked_for_many_tickers_at_once_and_for_a_feed(server: StandIn) -> None:
    server.reply = Reply({"bars": {}, "next_page_token": None})
    alpaca = Alpaca(Kept(), "sip", server.base)
    alpaca.quotes(["GME", "AMC"], AT)
    alpaca.bars(["GME", "AMC"], *DAYS)
    quotes, bars = server.asked
    assert (quotes.query["symbols"], quotes.query["feed"]) == ("GME,AMC", "sip")
    assert (bars.query["feed"], bars.query["adjustment"], bars.query["end"]) == (
        "sip", "split", "2021-01-27T21:00:00+00:00",
    )  # fmt: skip
    assert (alpaca.bars_at_once(2), alpaca.bars_at_once(250)) == (100, 40)


def test_before_the_bell_the_close_before_is_yesterdays(server: StandIn) -> None:
    early = datetime(2021, 1, 28, 13, 0, tzinfo=UTC)
    server.reply = Reply(alpaca_quote(347.51, traded_at=early))
    quote = quoted(Alpaca(Kept(), "iex", server.base))
    assert isinstance(quote, Quote)
    assert (quote.previous_close, quote.as_of) == (EXACT[1], early)


def test_alpacas_own_client_reads_the_stand_in_as_we_do(server: StandIn) -> None:
    client = StockHistoricalDataClient("K1", "S1", url_override=server.base)
    server.reply = Reply(alpaca_bars())
    theirs = client.get_stock_bars(
        StockBarsRequest(symbol_or_symbols="GME", timeframe=TimeFrame.Day, start=AT)
    )
    ours = traded(Alpaca(Kept(), "iex", server.base))
    assert isinstance(theirs, BarSet)
    assert not isinstance(ours, Unavailable)
    assert [Decimal(str(bar.close)) for bar in theirs["GME"]] == [bar.close for bar in ours]
    assert server.asked[0].path == server.asked[1].path
    server.reply = Reply(alpaca_quote(347.51))
    snapshot = client.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols="GME"))
    quote = quoted(Alpaca(Kept(), "iex", server.base))
    assert isinstance(quote, Quote)
    assert isinstance(snapshot, dict)
    trade = snapshot["GME"].latest_trade
    assert trade is not None
    assert (trade.price, trade.timestamp) == (347.51, quote.as_of)
    assert server.asked[2].path == server.asked[3].path
