"""What is heard of a ticker is kept, and leads to the forecast at its last close, unless that was told."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Protocol

from contracts.events.envelope import Envelope, Publish
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.prediction.forecasting import Forecaster
from services.prediction.observed import is_session
from services.prediction.sessions import last_session_closed


class Observations(Protocol):
    """Keeps each statement beside the envelope that made it; of several about one thing the latest counts."""

    def keep_bars(self, heard: Sequence[tuple[DailyBarClosedV1, Envelope]]) -> None: ...

    def keep_moods(self, heard: Sequence[tuple[TickerSentimentShiftedV1, Envelope]]) -> None: ...


def hear_bars(
    arrivals: Sequence[tuple[DailyBarClosedV1, Publish]],
    *,
    observations: Observations,
    forecaster: Callable[[], Forecaster],
) -> set[int]:
    """Keeps a batch of closed bars and forecasts at their closes; gives the positions that failed.

    A filled gap is no bar. Safe to repeat, in any order; what comes after the forecast changes nothing.
    """
    bars = {
        at: (bar, publish) for at, (bar, publish) in enumerate(arrivals) if is_session(bar.date, bar.volume)
    }
    observations.keep_bars([(bar, publish.cause) for bar, publish in bars.values()])
    return _forecast(
        ((at, bar.ticker, bar.date, publish) for at, (bar, publish) in bars.items()), forecaster()
    )


def hear_moods(
    arrivals: Sequence[tuple[TickerSentimentShiftedV1, Publish]],
    *,
    observations: Observations,
    forecaster: Callable[[], Forecaster],
) -> set[int]:
    """The same for shifts of mood: the close is the last before the shift was announced.

    Talk between two closes counts at the next one; what it leads to now is a forecast that is still missing.
    What a word list alone has read is not kept.
    """
    read = [(shift, publish.cause) for shift, publish in arrivals if shift.fallback_share < 1]
    observations.keep_moods(read)
    closes = (
        (at, shift.ticker, last_session_closed(publish.cause.time), publish)
        for at, (shift, publish) in enumerate(arrivals)
    )
    return _forecast(closes, forecaster())


def _forecast(closes: Iterable[tuple[int, str, date, Publish]], forecaster: Forecaster) -> set[int]:
    failed, made = set[int](), Counter[str]()
    for at, ticker, session, publish in closes:
        try:
            made[forecaster.tell(ticker, session, publish)] += 1
        except Exception as error:  # one ticker's damaged chain must not fail its neighbours
            about = {"ticker": ticker, "session": str(session), "reason": repr(error)[:500]}
            forecaster.log.warning("forecast.failed", extra=about)
            failed.add(at)
    if made:
        forecaster.log.info("forecasts.made", extra=made)
    return failed
