"""LearnFeatures: closed bars and shifts of mood are kept, and lead to the forecasts they complete."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger

from contracts.bus.consume import InBatch, consume
from contracts.bus.publish import Bus
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.prediction.forecasting import Forecaster
from services.prediction.forecasts import ForecastsTable
from services.prediction.hearing import hear_bars, hear_moods
from services.prediction.models import ModelsBucket
from services.prediction.observations import FeaturesTable
from services.prediction.settings import Settings

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
observations = FeaturesTable(dynamodb.Table(settings.features_table))
forecasts = ForecastsTable(dynamodb.Table(settings.forecasts_table))
models = ModelsBucket(boto3.client("s3"), settings.models_bucket)
forecaster = partial(Forecaster, observations, forecasts, models, Logger())

handler = consume(
    {
        DailyBarClosedV1: InBatch(partial(hear_bars, observations=observations, forecaster=forecaster)),
        TickerSentimentShiftedV1: InBatch(
            partial(hear_moods, observations=observations, forecaster=forecaster)
        ),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
