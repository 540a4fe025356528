"""Keeps what others said last of a ticker: its quote, its closes, its forecasts, how far it fell."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from contracts.events.envelope import Publish, instant_text
from contracts.events.market_data import DailyBarClosedV1, DrawdownsRankedV1, PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1


@dataclass(frozen=True, slots=True)
class Quote:
    price: Decimal
    change_pct: Decimal
    as_of: datetime
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Bar:
    date: date
    close: Decimal
    change_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class Forecast:
    date: date
    horizon: int
    direction: str
    probability_up: Decimal
    edge: bool


@dataclass(frozen=True, slots=True)
class Fallen:
    rank: int
    ticker: str
    close: Decimal
    peak: Decimal
    peak_date: date
    drawdown_pct: Decimal


@dataclass(frozen=True, slots=True)
class Ranking:
    universe: str
    date: date
    ranked: int
    top: tuple[Fallen, ...]


Fact = Quote | Bar | Forecast | Ranking


class Known(Protocol):
    def keep(self, about: str, name: str, fact: Fact, version: str) -> None:
        """Of two facts of one name the one with the greater version stands."""
        ...


def keep_quote(event: PriceUpdatedV1, publish: Publish, *, known: Known) -> None:
    quote = Quote(event.price, event.change_pct, event.as_of, event.confirmed)
    known.keep(ticker(event.ticker), "QUOTE", quote, f"{instant_text(event.as_of)} {publish.cause.id}")


def keep_close(event: DailyBarClosedV1, publish: Publish, *, known: Known) -> None:
    bar = Bar(event.date, event.close, event.change_pct)
    known.keep(ticker(event.ticker), f"CLOSE#{event.date}", bar, _said(publish))


def keep_forecast(event: DirectionPredictedV1, publish: Publish, *, known: Known) -> None:
    forecast = Forecast(event.date, event.horizon, event.direction, event.probability_up, event.edge)
    name = f"FORECAST#{event.horizon:03}"
    known.keep(ticker(event.ticker), name, forecast, f"{event.date} {_said(publish)}")


def keep_ranking(event: DrawdownsRankedV1, publish: Publish, *, known: Known) -> None:
    top = tuple(
        Fallen(one.rank, one.ticker, one.close, one.peak, one.peak_date, one.drawdown_pct)
        for one in event.top
    )
    ranking = Ranking(event.universe, event.date, event.ranked, top)
    known.keep("DRAWDOWNS", event.universe, ranking, f"{event.date} {_said(publish)}")


def ticker(symbol: str) -> str:
    return f"TICKER#{symbol}"


def _said(publish: Publish) -> str:
    return f"{instant_text(publish.cause.time)} {publish.cause.id}"
