"""CollectFeeds: every quarter of an hour, what feeds have new is put where archives land."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from time import sleep
from uuid import uuid4

import boto3

from contracts.bus.consume import consume, logger
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.ingestion.breakers import BreakersTable
from services.ingestion.buckets import BucketsTable
from services.ingestion.collecting import collect_posts
from services.ingestion.coverage import CoverageTable
from services.ingestion.feeds import Feeds
from services.ingestion.gates import Gate
from services.ingestion.leases import LeasesTable
from services.ingestion.pacing import Rate
from services.ingestion.parts import RawParts
from services.ingestion.posts import PostsTable
from services.ingestion.settings import Settings
from services.ingestion.ticks import Ticks

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
sources = tables.Table(settings.sources_table)
clock = partial(datetime.now, UTC)
# For each feed: workers that overlap, and ticks that come again, do not add up.
rate = Rate(per_minute=Decimal(1), burst=Decimal(2))

handler = consume(
    {
        Due: partial(
            collect_posts,
            source=Feeds(
                settings.feeds,
                Gate(BucketsTable(sources, rate, shards=1), BreakersTable(sources), clock, sleep),
                clock,
            ),
            known=PostsTable(tables.Table(settings.posts_table)).known,
            parts=RawParts(boto3.resource("s3").Bucket(settings.raw_bucket)),
            coverage=CoverageTable(tables.Table(settings.coverage_table)),
            leases=LeasesTable(sources),
            holder=uuid4().hex,
            again=Ticks(boto3.resource("sqs")).again,
            clock=clock,
            tell=logger.info,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
