"""WatchCollection: while the market is open, a collection that brings too little or too much is told."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger, Metrics

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.market_data.gauges import NAMESPACE, Gauges
from services.market_data.membership import with_universe
from services.market_data.runs import RunsTable
from services.market_data.settings import Settings
from services.market_data.watched import WatchedTable
from services.market_data.watching import watch_collection

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
watched = WatchedTable(tables.Table(settings.watched_table))
note = Logger().info

handler = consume(
    {
        Due: partial(
            watch_collection,
            runs=RunsTable(tables.Table(settings.runs_table)),
            wanted={
                "quotes": watched.quoted,
                "bars": with_universe(settings.universe, watched.tracked, note),
            },
            alarm=Gauges(Metrics(namespace=NAMESPACE)).anomaly,
            note=note,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
