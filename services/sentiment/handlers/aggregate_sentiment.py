"""AggregateSentiment: every quarter of an hour, each ticker's hour is weighed against its day."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.sentiment.aggregating import aggregate_sentiment
from services.sentiment.looks import LooksTable
from services.sentiment.scores import ScoresTable
from services.sentiment.settings import Settings
from services.sentiment.ticker_windows import TickerWindowsTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
scores = ScoresTable(dynamodb.Table(settings.scores_table))
windows = TickerWindowsTable(dynamodb.Table(settings.ticker_windows_table))
looks = LooksTable(dynamodb.Table(settings.looks_table))

handler = consume(
    {Due: partial(aggregate_sentiment, scores=scores, windows=windows, looks=looks)},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
