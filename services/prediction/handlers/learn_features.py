"""LearnFeatures: closed bars and shifts of mood are kept as forecasts will need them."""

from functools import partial

import boto3

from contracts.bus.consume import InBatch, consume
from contracts.bus.publish import Bus
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.prediction.learning import learn_bars, learn_moods
from services.prediction.observations import FeaturesTable
from services.prediction.settings import Settings

settings = Settings.from_env()
observations = FeaturesTable(boto3.resource("dynamodb").Table(settings.features_table))

handler = consume(
    {
        DailyBarClosedV1: InBatch(partial(learn_bars, observations=observations)),
        TickerSentimentShiftedV1: InBatch(partial(learn_moods, observations=observations)),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
