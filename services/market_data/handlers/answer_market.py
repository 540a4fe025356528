"""AnswerMarket: what is asked over HTTP about prices, names and drawdowns."""

from datetime import UTC, datetime
from functools import partial

import boto3

from services.market_data.bars import BarsTable
from services.market_data.drawdown_files import DrawdownFiles
from services.market_data.hours import new_york_day
from services.market_data.listings import load_listings
from services.market_data.rankings import RankingsTable
from services.market_data.settings import Settings
from services.market_data.telling import Told, answer_market

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
told = Told(
    bars=BarsTable(tables.Table(settings.bars_table)),
    rankings=RankingsTable(tables.Table(settings.runs_table)),
    rows=DrawdownFiles(boto3.client("s3"), settings.bucket).read,
    listings=load_listings(),
    universes=("tracked", "russell1000"),
    today=lambda: new_york_day(datetime.now(UTC)),
)

handler = partial(answer_market, told=told)
