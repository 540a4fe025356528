"""ForgetScores: a removed post leaves the windows."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.ingestion import PostRemovedV1
from services.sentiment.keeping import forget_scores
from services.sentiment.scores import ScoresTable
from services.sentiment.settings import Settings

settings = Settings.from_env()
posts = ScoresTable(boto3.resource("dynamodb").Table(settings.scores_table))

handler = consume(
    {PostRemovedV1: partial(forget_scores, posts=posts)},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
