"""What is heard of a ticker is kept, and leads to the forecast at its last close, unless that was told."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from contracts.events.envelope import Publish
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.prediction.forecasting import Forecaster
from services.prediction.learning import Observations, learn_bars, learn_moods
from services.prediction.observed import is_session
from services.prediction.sessions import last_session_closed

Close = tuple[str, date, Publish]
"""A ticker, a session, and by what it was heard of."""


def heed_bars(
    arrivals: Sequence[tuple[DailyBarClosedV1, Publish]],
    *,
    observations: Observations,
    forecaster: Callable[[], Forecaster],
) -> set[int]:
    """Keeps a batch of closed bars and forecasts at their closes; gives the positions that failed.

    Safe to repeat. In any order, except that what is not known when a close is forecast does not count.
    """
    learn_bars(arrivals, observations=observations)
    closes = {
        position: (bar.ticker, bar.date, publish)
        for position, (bar, publish) in enumerate(arrivals)
        if is_session(bar.date, bar.volume)
    }
    return _forecast(closes, forecaster())


def heed_moods(
    arrivals: Sequence[tuple[TickerSentimentShiftedV1, Publish]],
    *,
    observations: Observations,
    forecaster: Callable[[], Forecaster],
) -> set[int]:
    """The same for shifts of mood: the close is the last before the shift was announced.

    Talk between two closes counts at the next one; what it leads to now is a forecast that is still missing.
    """
    learn_moods(arrivals, observations=observations)
    closes = {
        position: (shift.ticker, last_session_closed(publish.cause.time), publish)
        for position, (shift, publish) in enumerate(arrivals)
    }
    return _forecast(closes, forecaster())


def _forecast(closes: Mapping[int, Close], forecaster: Forecaster) -> set[int]:
    failed, made = set[int](), Counter[str]()
    for position, (ticker, session, publish) in closes.items():
        try:
            made[forecaster.tell(ticker, session, publish)] += 1
        except Exception as error:  # one ticker's damaged chain must not fail its neighbours
            about = {"ticker": ticker, "session": str(session), "reason": repr(error)[:500]}
            forecaster.log.warning("forecast.failed", extra=about)
            failed.add(position)
    if made:
        forecaster.log.info("forecasts.made", extra=made)
    return failed
