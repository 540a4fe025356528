"""PredictDirection: after the close, every ticker of the session gets its forecasts."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.prediction.forecasting import predict_direction
from services.prediction.forecasts import ForecastsTable
from services.prediction.models import ModelsBucket
from services.prediction.observations import FeaturesTable
from services.prediction.settings import Settings

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
route = partial(
    predict_direction,
    observations=FeaturesTable(dynamodb.Table(settings.features_table)),
    forecasts=ForecastsTable(dynamodb.Table(settings.forecasts_table)),
    models=ModelsBucket(boto3.client("s3"), settings.models_bucket),
    log=Logger(),
)

handler = consume(
    {Due: route},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
