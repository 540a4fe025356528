"""160 sessions of three tickers up to 29 January 2021, and the ticks that ask what to make of them."""

from datetime import UTC, date, datetime
from functools import cache

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope
from contracts.events.market_data import DailyBarClosedV1
from services.prediction.models import ModelsBucket
from services.prediction.observations import FeaturesTable
from services.prediction.observed import Bar
from services.prediction.releasing import Release
from services.prediction.sessions import closes_at
from tests.bench import Bench
from tests.builders import NOON, a_bar, enveloped
from tests.unit.prediction.markets import trending, weekdays
from tests.unit.prediction.models import EDGE, NO_EDGE, a_text

SESSIONS = weekdays(160, date(2020, 6, 22))
FRIDAY = SESSIONS[-1]
TICKERS = ("AMC", "GME", "NOK")
TRAINING = Due(schedule="weeks", due_at=datetime(2021, 1, 30, 11, 0, tzinfo=UTC))


def close_of(day: date) -> Due:
    """The tick at half past six in New York, in winter."""
    return Due(schedule="closes", due_at=datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC))


@cache
def _moves(ticker: str) -> list[Bar]:
    return trending(TICKERS.index(ticker), len(SESSIONS))


def a_bar_of(ticker: str, day: date) -> DailyBarClosedV1:
    """The bar of the history that belongs to *day*."""
    moved = _moves(ticker)[SESSIONS.index(day)]
    prices = {name: moved.close for name in ("high", "low", "close", "adjusted_close")}
    own = {"open": moved.open, "volume": moved.volume, "previous_close": moved.previous_close}
    return a_bar(ticker=ticker, date=day, change_pct=None, **prices, **own)


def closed(bar: DailyBarClosedV1) -> Envelope:
    """As market_data announces it: at the time its session closed."""
    return enveloped(bar, at=closes_at(bar.date))


def know_history(bench: Bench, sessions: int = 80, until: date = FRIDAY) -> None:
    """Gives the last so many sessions up to *until* to the service's table."""
    days = SESSIONS[: SESSIONS.index(until) + 1][-sessions:]
    heard = [a_bar_of(ticker, day) for ticker in TICKERS for day in days]
    FeaturesTable(bench.table("Features")).keep_bars([(bar, enveloped(bar)) for bar in heard])


def models_of(bench: Bench) -> ModelsBucket:
    bucket = bench.bucket()
    return ModelsBucket(bucket.meta.client, bucket.name)


def a_model_in_force(bench: Bench, due: date = date(2021, 1, 16)) -> None:
    models = models_of(bench)
    key = models.keep(f"{due}-test", a_text(due, momentum=1.0, h1=EDGE, h10=NO_EDGE))
    models.put_in_force([Release(datetime.combine(due, NOON.timetz()), key)], None)
