"""KeepHistory: bars and corrected quotes, which rules are measured and tried by."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.market_data import DailyBarClosedV1, QuoteCorrectedV1
from services.notifications.history import HistoryTable
from services.notifications.recalling import keep_bar, keep_correction
from services.notifications.settings import Settings

settings = Settings.from_env()
history = HistoryTable(boto3.resource("dynamodb").Table(settings.history_table))

handler = consume(
    {
        DailyBarClosedV1: partial(keep_bar, history=history),
        QuoteCorrectedV1: partial(keep_correction, history=history),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
