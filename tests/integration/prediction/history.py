"""160 sessions of three tickers up to 29 January 2021, and the ticks that ask what to make of them."""

from datetime import UTC, date, datetime

from contracts.events.arrivals import Due
from services.prediction.models import ModelsBucket
from services.prediction.observations import FeaturesTable
from services.prediction.releasing import Release
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


def know_history(bench: Bench, sessions: int = 80) -> None:
    """Gives the last so many sessions to the service's table, as learn_features would."""
    heard = []
    for seed, ticker in enumerate(TICKERS):
        for bar, day in list(zip(trending(seed, len(SESSIONS)), SESSIONS, strict=True))[-sessions:]:
            prices = {name: bar.close for name in ("high", "low", "close", "adjusted_close")}
            own = {"open": bar.open, "volume": bar.volume, "previous_close": bar.previous_close}
            told = a_bar(ticker=ticker, date=day, change_pct=None, **prices, **own)
            heard.append((told, enveloped(told)))
    FeaturesTable(bench.table("Features")).keep_bars(heard)


def models_of(bench: Bench) -> ModelsBucket:
    bucket = bench.bucket()
    return ModelsBucket(bucket.meta.client, bucket.name)


def a_model_in_force(bench: Bench, due: date = date(2021, 1, 16)) -> None:
    models = models_of(bench)
    key = models.keep(f"{due}-test", a_text(due, momentum=1.0, h1=EDGE, h10=NO_EDGE))
    models.put_in_force([Release(datetime.combine(due, NOON.timetz()), key)], None)
