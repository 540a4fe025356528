"""Keeps what was heard of prices, so that rules can be measured and tried by it."""

from typing import Protocol

from contracts.events.envelope import Publish
from contracts.events.ingestion import CollectionCompletedV1
from contracts.events.market_data import DailyBarClosedV1, DrawdownsRankedV1, QuoteCorrectedV1
from contracts.events.summaries import DailySummaryPublishedV1


class History(Protocol):
    def put(self, heard: DailyBarClosedV1) -> None: ...

    def correct(self, correction: QuoteCorrectedV1) -> None: ...


class Board(Protocol):
    def keep_summary(self, event: DailySummaryPublishedV1) -> None: ...

    def keep_ranking(self, event: DrawdownsRankedV1) -> None: ...

    def keep_collection(self, event: CollectionCompletedV1) -> None: ...


def keep_summary(event: DailySummaryPublishedV1, publish: Publish, *, board: Board) -> None:
    board.keep_summary(event)


def keep_ranking(event: DrawdownsRankedV1, publish: Publish, *, board: Board) -> None:
    board.keep_ranking(event)


def keep_collection(event: CollectionCompletedV1, publish: Publish, *, board: Board) -> None:
    board.keep_collection(event)


def keep_bar(event: DailyBarClosedV1, publish: Publish, *, history: History) -> None:
    """One bar a ticker and day. A repeat changes nothing."""
    history.put(event)


def keep_correction(event: QuoteCorrectedV1, publish: Publish, *, history: History) -> None:
    """From now on the quote is read as corrected; what was told by it stays told."""
    history.correct(event)
