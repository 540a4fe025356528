"""RankDrawdowns: after each session, tracked tickers are ranked by how far they stand below their peak."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.market_data.bars import BarsTable
from services.market_data.drawdown_files import DrawdownFiles
from services.market_data.ranking import METHODS, rank_drawdowns, universes
from services.market_data.rankings import RankingsTable
from services.market_data.settings import Settings
from services.market_data.watched import WatchedTable

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
watched = WatchedTable(tables.Table(settings.watched_table))

handler = consume(
    {
        Due: partial(
            rank_drawdowns,
            universes=universes(settings.universe, watched.tracked),
            days=BarsTable(tables.Table(settings.bars_table)).days,
            rankings=RankingsTable(tables.Table(settings.runs_table)),
            files=DrawdownFiles(boto3.client("s3"), settings.bucket),
            method=METHODS[settings.drawdown_method],
            note=Logger().info,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
