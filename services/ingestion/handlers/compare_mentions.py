"""CompareMentions: four times a day, our counts of mentions are laid beside an aggregate's."""

from functools import partial

import boto3

from contracts.bus.consume import consume, logger
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.ingestion.apewisdom import NAME, ApeWisdom
from services.ingestion.comparing import compare_mentions
from services.ingestion.parts import RawParts
from services.ingestion.settings import Settings
from services.ingestion.universe import load_universe

settings = Settings.from_env()

handler = consume(
    {
        Due: partial(
            compare_mentions,
            aggregate=NAME,
            theirs=ApeWisdom(settings.mentions_url).mentions,
            parts=RawParts(boto3.resource("s3").Bucket(settings.raw_bucket)),
            universe=load_universe(),
            tell=logger.info,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
