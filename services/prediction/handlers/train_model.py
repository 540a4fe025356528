"""TrainModel: once a week a model is trained on all that was known, and put in force unless it is worse."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.prediction.models import ModelsBucket
from services.prediction.observations import FeaturesTable
from services.prediction.settings import Settings
from services.prediction.training import train_model

settings = Settings.from_env()
observations = FeaturesTable(boto3.resource("dynamodb").Table(settings.features_table))
models = ModelsBucket(boto3.client("s3"), settings.models_bucket)

handler = consume(
    {Due: partial(train_model, observations=observations, models=models, log=Logger())},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
