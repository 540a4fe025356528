"""Keeps what was heard of prices, so that rules can be measured and tried by it."""

from typing import Protocol

from contracts.events.envelope import Publish
from contracts.events.market_data import DailyBarClosedV1, QuoteCorrectedV1


class History(Protocol):
    def put(self, heard: DailyBarClosedV1) -> None: ...

    def correct(self, correction: QuoteCorrectedV1) -> None: ...


def keep_bar(event: DailyBarClosedV1, publish: Publish, *, history: History) -> None:
    """One bar a ticker and day. A repeat changes nothing."""
    history.put(event)


def keep_correction(event: QuoteCorrectedV1, publish: Publish, *, history: History) -> None:
    """From now on the quote is read as corrected; what was told by it stays told."""
    history.correct(event)
