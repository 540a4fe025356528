"""When what is told of happened, in one order for all that is heard."""

from datetime import UTC, date, datetime, time

from contracts.events.market_data import DailyBarClosedV1, PriceUpdatedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.notifications.figures import NEW_YORK
from services.notifications.rules import Trigger

_CLOSE = time(16)


def moment(heard: Trigger | DailyBarClosedV1) -> datetime:
    """The quote's own time, the end of a window, and the close of the session for what is told of a day."""
    if isinstance(heard, PriceUpdatedV1):
        return heard.as_of
    if isinstance(heard, TickerSentimentShiftedV1):
        return heard.window_end
    return closing(heard.date)


def closing(day: date) -> datetime:
    """Four in the afternoon in New York, in UTC."""
    return datetime.combine(day, _CLOSE, NEW_YORK).astimezone(UTC)
