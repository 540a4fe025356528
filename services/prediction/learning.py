"""Keeps what forecasts will be made of, as it was heard; figures are computed when read."""

from collections.abc import Sequence
from typing import Protocol

from contracts.events.envelope import Envelope, Publish
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.prediction.observed import is_session


class Observations(Protocol):
    """Keeps each statement beside the envelope that made it; of several about one thing the latest counts."""

    def keep_bars(self, heard: Sequence[tuple[DailyBarClosedV1, Envelope]]) -> None: ...

    def keep_moods(self, heard: Sequence[tuple[TickerSentimentShiftedV1, Envelope]]) -> None: ...


def learn_bars(arrivals: Sequence[tuple[DailyBarClosedV1, Publish]], *, observations: Observations) -> None:
    """Keeps a batch of closed bars; a filled gap is none. Safe to repeat, in any order."""
    heard = [(bar, publish.cause) for bar, publish in arrivals if is_session(bar.date, bar.volume)]
    observations.keep_bars(heard)


def learn_moods(
    arrivals: Sequence[tuple[TickerSentimentShiftedV1, Publish]], *, observations: Observations
) -> None:
    """Keeps a batch of shifts of mood; what a word list alone has read is none. Safe to repeat."""
    heard = [(shift, publish.cause) for shift, publish in arrivals if shift.fallback_share < 1]
    observations.keep_moods(heard)
