"""ForgetPosts: every half hour, Reddit is asked which posts are gone, and archives left behind go."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from time import sleep

import boto3

from contracts.bus.consume import consume, logger
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.ingestion.backfill_files import BackfillFiles
from services.ingestion.breakers import BreakersTable
from services.ingestion.buckets import BucketsTable
from services.ingestion.forgetting import forget_posts
from services.ingestion.gates import Gate
from services.ingestion.pacing import Rate
from services.ingestion.parameters import secret
from services.ingestion.parts import RawParts
from services.ingestion.posts import PostsTable
from services.ingestion.reddit import NAME, Reddit
from services.ingestion.rounds import RoundsTable
from services.ingestion.settings import Settings

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
sources = tables.Table(settings.sources_table)
bucket = boto3.resource("s3").Bucket(settings.raw_bucket)
clock = partial(datetime.now, UTC)
# The budget of CollectPosts: it is one client to Reddit.
rate = Rate(per_minute=Decimal(60), burst=Decimal(30))

handler = consume(
    {
        Due: partial(
            forget_posts,
            source=NAME,
            visit=Reddit(
                partial(secret, partial(boto3.client, "ssm"), settings.reddit_parameter),
                settings.communities,
                Gate(BucketsTable(sources, rate), BreakersTable(sources), clock, sleep),
                clock,
            ).visit,
            posts=PostsTable(tables.Table(settings.posts_table)),
            rounds=RoundsTable(sources),
            parts=RawParts(bucket),
            archives=BackfillFiles(bucket),
            tell=logger.info,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
