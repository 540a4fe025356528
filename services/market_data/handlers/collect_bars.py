"""CollectBars: after each session, the bars that tracked tickers and the universe lack are kept."""

from functools import partial
from random import random

import boto3
from aws_lambda_powertools import Logger, Metrics

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.market_data.bars import BarsTable
from services.market_data.bucket import BucketFile
from services.market_data.closing import collect_bars
from services.market_data.gauges import NAMESPACE, Gauges
from services.market_data.membership import with_universe
from services.market_data.quotes import QuotesTable
from services.market_data.runs import RunsTable
from services.market_data.settings import Settings
from services.market_data.sharing import Sharing
from services.market_data.sources import RECORDED_BARS, deployed_providers
from services.market_data.stopwatch import started
from services.market_data.ticks import Ticks
from services.market_data.watched import WatchedTable

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
recorded = BucketFile(boto3.client("s3"), settings.bucket, RECORDED_BARS)
note = Logger().info

handler = consume(
    {
        Due: partial(
            collect_bars,
            sharing=Sharing(
                "bars",
                wanted=with_universe(
                    settings.universe, WatchedTable(tables.Table(settings.watched_table)).tracked, note
                ),
                again=Ticks(boto3.resource("sqs"), random).again,
                runs=RunsTable(tables.Table(settings.runs_table)),
                gauge=Gauges(Metrics(namespace=NAMESPACE)).collected,
                rounds=40,
                note=note,
            ),
            providers=deployed_providers(settings, tables.Table(settings.askings_table), recorded),
            bars=BarsTable(tables.Table(settings.bars_table)),
            quotes=QuotesTable(tables.Table(settings.quotes_table)),
            history=settings.history_sessions,
            stopwatch=started,
            note=note,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
