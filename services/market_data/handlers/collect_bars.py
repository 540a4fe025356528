"""CollectBars: after each session, the bars every tracked ticker lacks are kept and announced."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger, Metrics

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.market_data.bars import BarsTable
from services.market_data.bucket import BucketFile
from services.market_data.closing import collect_bars
from services.market_data.gauges import NAMESPACE, Gauges
from services.market_data.quotes import QuotesTable
from services.market_data.runs import RunsTable
from services.market_data.settings import Settings
from services.market_data.sources import RECORDED_BARS, providers_named
from services.market_data.stopwatch import started
from services.market_data.watched import WatchedTable

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
recorded = BucketFile(boto3.client("s3"), settings.bucket, RECORDED_BARS)
runs = RunsTable(tables.Table(settings.runs_table))

handler = consume(
    {
        Due: partial(
            collect_bars,
            tracked=WatchedTable(tables.Table(settings.watched_table)).tracked,
            providers=providers_named(settings.providers, recorded=recorded),
            bars=BarsTable(tables.Table(settings.bars_table)),
            quotes=QuotesTable(tables.Table(settings.quotes_table)),
            history=settings.history_sessions,
            stopwatch=started,
            records=[runs.keep, Gauges(Metrics(namespace=NAMESPACE)).collected],
            note=Logger().info,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
