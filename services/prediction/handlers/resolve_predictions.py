"""ResolvePredictions: after the close, forecasts whose session is over are scored in public."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.prediction.forecasts import ForecastsTable
from services.prediction.observations import FeaturesTable
from services.prediction.resolving import resolve_predictions
from services.prediction.settings import Settings

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
route = partial(
    resolve_predictions,
    observations=FeaturesTable(dynamodb.Table(settings.features_table)),
    forecasts=ForecastsTable(dynamodb.Table(settings.forecasts_table)),
    log=Logger(),
)

handler = consume(
    {Due: route},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
