"""CollectPosts: every quarter of an hour, what Reddit has new is put where archives land."""

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
from services.ingestion.gates import Gate
from services.ingestion.interests import InterestsTable
from services.ingestion.leases import LeasesTable
from services.ingestion.listed import load_symbols
from services.ingestion.pacing import Rate
from services.ingestion.parameters import secret
from services.ingestion.parts import RawParts
from services.ingestion.posts import PostsTable
from services.ingestion.reddit import NAME, Reddit
from services.ingestion.searches import SearchesTable
from services.ingestion.searching import search_watched
from services.ingestion.settings import Settings
from services.ingestion.ticks import Ticks

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
sources = tables.Table(settings.sources_table)
clock = partial(datetime.now, UTC)
# Reddit grants a client 100 requests a minute, whatever the number of its workers.
rate = Rate(per_minute=Decimal(60), burst=Decimal(30))

reddit = Reddit(
    partial(secret, partial(boto3.client, "ssm"), settings.reddit_parameter),
    settings.communities,
    Gate(BucketsTable(sources, rate), BreakersTable(sources), clock, sleep),
    clock,
)
windows = tables.Table(settings.coverage_table)
known = PostsTable(tables.Table(settings.posts_table)).known
parts = RawParts(boto3.resource("s3").Bucket(settings.raw_bucket))

handler = consume(
    {
        Due: partial(
            collect_posts,
            source=reddit,
            known=known,
            parts=parts,
            coverage=CoverageTable(windows),
            leases=LeasesTable(sources),
            holder=uuid4().hex,
            again=Ticks(boto3.resource("sqs")).again,
            clock=clock,
            tell=logger.info,
            afterwards=partial(
                search_watched,
                source=NAME,
                search=reddit.search,
                interests=InterestsTable(tables.Table(settings.interests_table)),
                searches=SearchesTable(windows),
                symbols=load_symbols(),
                known=known,
                parts=parts,
                tell=logger.info,
            ),
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
