"""KeepLooks: what collections say they saw is kept for the windows of sentiment."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.ingestion import CollectionCompletedV1
from services.sentiment.looks import LooksTable
from services.sentiment.seeing import keep_looks
from services.sentiment.settings import Settings

settings = Settings.from_env()
looks = LooksTable(boto3.resource("dynamodb").Table(settings.looks_table))

handler = consume(
    {CollectionCompletedV1: partial(keep_looks, looks=looks)},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
