"""CollectPosts: every quarter of an hour, what Reddit has new is put where archives land."""

from functools import partial

import boto3

from contracts.bus.consume import consume, logger
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.ingestion.collecting import collect_posts
from services.ingestion.coverage import CoverageTable
from services.ingestion.parameters import secret
from services.ingestion.parts import RawParts
from services.ingestion.posts import PostsTable
from services.ingestion.reddit import Reddit
from services.ingestion.settings import Settings

settings = Settings.from_env()
tables = boto3.resource("dynamodb")

handler = consume(
    {
        Due: partial(
            collect_posts,
            communities=settings.communities,
            source=Reddit(partial(secret, partial(boto3.client, "ssm"), settings.reddit_parameter)),
            known=PostsTable(tables.Table(settings.posts_table)).known,
            parts=RawParts(boto3.resource("s3").Bucket(settings.raw_bucket)),
            coverage=CoverageTable(tables.Table(settings.coverage_table)),
            tell=logger.info,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
