"""Answers what is asked over HTTP about prices, names and drawdowns, from what the service keeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Protocol

from contracts.events.market_data import DailyBarClosedV1, DrawdownsRankedV1
from services.market_data.adjusting import split_factors
from services.market_data.closing import KeptBar
from services.market_data.inquiring import (
    Asked,
    Refused,
    asked_day,
    asked_number,
    asked_one_of,
    asked_span,
    asked_ticker,
    asked_words,
)
from services.market_data.listings import Listing, search
from services.market_data.replying import Reply, answered, refused
from services.market_data.standings import Standing

MOST_FOUND, MOST_ROWS, DEEPEST = 100, 1000, 5000


class Bars(Protocol):
    def between(self, ticker: str, first: date, last: date) -> list[KeptBar]:
        """All that are kept from *first* to *last*, oldest first."""
        ...

    def span(self, ticker: str) -> tuple[date, date] | None:
        """The first and the last session that is kept."""
        ...


class Rankings(Protocol):
    def latest(self, universe: str, day: date | None) -> DrawdownsRankedV1 | None:
        """The newest told, of *day* where one is given."""
        ...


@dataclass(frozen=True)
class Told:
    """What answers are made of. *rows* gives those of a ranking by its address."""

    bars: Bars
    rankings: Rankings
    rows: Callable[[str], list[Standing]]
    listings: Sequence[Listing]
    universes: Sequence[str]
    today: Callable[[], date]


def answer_market(request: dict[str, Any], context: object = None, *, told: Told) -> Reply:
    """Answers an API Gateway proxy request: `data`, or an `error` that names the parameter and the remedy."""
    path = str(request.get("resource") or request.get("path"))
    answer = _ANSWERS.get(path)
    if answer is None:
        return refused(HTTPStatus.NOT_FOUND, f"there is nothing here; ask for {', '.join(_ANSWERS)}")
    if (method := request.get("httpMethod")) != "GET":
        return refused(HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not answered here; use GET", Allow="GET")
    try:
        return answer(request.get("queryStringParameters") or {}, told)
    except Refused as refusal:
        return refused(HTTPStatus.BAD_REQUEST, str(refusal))


def _stocks(asked: Asked, told: Told) -> Reply:
    ticker, about = asked_ticker(asked.get("ticker")), asked_one_of(asked, "type", ("prices", "metadata"))
    span = told.bars.span(ticker)
    listing = next((one for one in told.listings if one.symbol == ticker), None)
    if about == "metadata":
        if span or listing:
            return answered(_metadata(ticker, listing, span))
    else:
        wanted = asked_span(asked, told.today())
        if span or listing:
            bars = [kept.told for kept in told.bars.between(ticker, wanted.first, wanted.last)]
            return answered(_prices(bars), {"ticker": ticker, "count": len(bars)})
    return refused(HTTPStatus.NOT_FOUND, f"Ticker {ticker!r} not found; GET /search?query= finds symbols")


def _metadata(ticker: str, listing: Listing | None, span: tuple[date, date] | None) -> dict[str, Any]:
    """startDate and endDate are of the bars that are kept, null where there is none."""
    first, last = span or (None, None)
    return {
        "ticker": ticker,
        "name": listing.name if listing else ticker,
        "exchangeCode": listing.exchange if listing else "",
        "startDate": first and str(first),
        "endDate": last and str(last),
        "description": "",
    }


def _prices(bars: Sequence[DailyBarClosedV1]) -> list[dict[str, Any]]:
    factors = split_factors(
        [bar.date for bar in bars], [bar.close for bar in bars], [bar.previous_close for bar in bars]
    )
    return [_price(bar, split) for bar, split in zip(bars, factors, strict=True)]


def _price(bar: DailyBarClosedV1, split: Decimal) -> dict[str, Any]:
    """Prices as they were told; adj… in the last bar's dollars, adjusted for dividends as the close was."""
    by = bar.adjusted_close / bar.close * split
    prices = {name: getattr(bar, name) for name in ("open", "high", "low", "close")}
    adjusted = {f"adj{name.title()}": price * by for name, price in prices.items()}
    return {
        "date": f"{bar.date}T00:00:00.000Z",
        **{name: float(price) for name, price in prices.items()},
        "volume": bar.volume,
        **{name: _rounded(price) for name, price in adjusted.items()},
        "adjVolume": round(bar.volume / split),
        "provider": bar.provider,
    }


def _rounded(price: Decimal) -> float:
    return float(round(price, 6))


def _search(asked: Asked, told: Told) -> Reply:
    limit = asked_number(asked, "limit", default=10, most=MOST_FOUND)
    return answered([_found(one) for one in search(asked_words(asked, "query"), told.listings, limit)])


def _found(one: Listing) -> dict[str, Any]:
    return {
        "ticker": one.symbol,
        "name": one.name,
        "assetType": "ETF" if one.kind == "fund" else "Stock",
        "isActive": one.kind != "gone",
        "symbol": one.symbol,
        "exchange": one.exchange,
    }


def _drawdowns(asked: Asked, told: Told) -> Reply:
    universe = asked_one_of(asked, "universe", told.universes)
    day = asked_day(asked, "date")
    limit = asked_number(asked, "limit", default=100, most=MOST_ROWS)
    offset = asked_number(asked, "offset", default=0, most=DEEPEST, least=0)
    ranking = told.rankings.latest(universe, day)
    if ranking is None or ranking.table is None:
        return refused(
            HTTPStatus.NOT_FOUND, f"no ranking of {universe!r} is kept{f' for {day}' if day else ' yet'}"
        )
    ranked = [row for row in told.rows(ranking.table) if row.rank]
    meta = ranking.model_dump(mode="json", include={"universe", "date", "sessions", "peak_of", "ranked"})
    aside = [one.model_dump() for one in ranking.set_aside]
    return answered([_row(row) for row in ranked[offset : offset + limit]], meta | {"set_aside": aside})


def _row(one: Standing) -> dict[str, Any]:
    """Named as in the files of old, and the day of the peak."""
    assert one.current_price is not None
    assert one.peak_price is not None
    return {
        "date": str(one.date),
        "symbol": one.symbol,
        "current_price": float(one.current_price),
        "peak_price": float(one.peak_price),
        "drawdown_pct": float(one.percent),
        "days_since_peak": one.days_since_peak,
        "volume": one.volume,
        "rank": one.rank,
        "peak_date": str(one.peak_date),
    }


_ANSWERS: dict[str, Callable[[Asked, Told], Reply]] = {
    "/stocks": _stocks,
    "/search": _search,
    "/drawdowns": _drawdowns,
}
