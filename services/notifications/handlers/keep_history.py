"""KeepHistory: bars and corrected quotes, which rules are measured by, and what the bot shows of a day."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.ingestion import CollectionCompletedV1
from contracts.events.market_data import DailyBarClosedV1, DrawdownsRankedV1, QuoteCorrectedV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.board_rows import BoardRows
from services.notifications.history import HistoryTable
from services.notifications.recalling import (
    keep_bar,
    keep_collection,
    keep_correction,
    keep_ranking,
    keep_summary,
)
from services.notifications.settings import Settings

settings = Settings.from_env()
table = boto3.resource("dynamodb").Table(settings.history_table)
history, board = HistoryTable(table), BoardRows(table)

handler = consume(
    {
        DailyBarClosedV1: partial(keep_bar, history=history),
        QuoteCorrectedV1: partial(keep_correction, history=history),
        DrawdownsRankedV1: partial(keep_ranking, board=board),
        DailySummaryPublishedV1: partial(keep_summary, board=board),
        CollectionCompletedV1: partial(keep_collection, board=board),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
