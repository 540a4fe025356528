"""AnswerChart: a picture of a ticker's prices and falls, for messages and pages to show."""

from datetime import UTC, datetime
from functools import partial

import boto3
from botocore.config import Config

from services.market_data.bars import BarsTable
from services.market_data.chart_files import ChartFiles
from services.market_data.drawing import answer_chart
from services.market_data.hours import new_york_day
from services.market_data.listings import load_listings
from services.market_data.ranking import METHODS
from services.market_data.settings import Settings

settings = Settings.from_env()
# With the region in the host, on AWS and on emulators alike: S3 redirects others, and the signature is void.
s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))

handler = partial(
    answer_chart,
    days=BarsTable(boto3.resource("dynamodb").Table(settings.bars_table)).days,
    listings=load_listings(),
    address=ChartFiles(s3, settings.bucket).address,
    method=METHODS[settings.drawdown_method],
    today=lambda: new_york_day(datetime.now(UTC)),
)
