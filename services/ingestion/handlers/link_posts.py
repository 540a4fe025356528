"""LinkPosts: a part of raw posts that landed is linked to tickers and announced, post by post."""

from functools import partial

import boto3

from contracts.bus.consume import consume, logger
from contracts.bus.publish import Bus
from contracts.events.arrivals import ObjectLanded
from services.ingestion.authors import pseudonym
from services.ingestion.backfills import BackfillsTable
from services.ingestion.founders import ClustersTable
from services.ingestion.ingesting import link_posts
from services.ingestion.parameters import secret
from services.ingestion.parts import RawParts
from services.ingestion.posts import PostsTable
from services.ingestion.settings import Settings
from services.ingestion.universe import load_universe

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
salt = secret(partial(boto3.client, "ssm"), settings.author_salt_parameter) or settings.author_salt

handler = consume(
    {
        ObjectLanded: partial(
            link_posts,
            parts=RawParts(boto3.resource("s3").Bucket(settings.raw_bucket)),
            posts=PostsTable(tables.Table(settings.posts_table)),
            founders=ClustersTable(tables.Table(settings.clusters_table)),
            universe=load_universe(),
            pseudonym=partial(pseudonym, salt=salt),
            backfills=BackfillsTable(tables.Table(settings.backfills_table)),
            tell=logger.info,
        )
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
