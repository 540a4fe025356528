"""GatherDay: posts, scores, bars and what collections saw become the day's rows."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.ingestion import CollectionCompletedV1, PostIngestedV1, PostRemovedV1
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import SentimentScoredV1
from services.summaries.daystats import DayStatsTable
from services.summaries.gathering import forget_post, gather_bar, gather_post, gather_score
from services.summaries.seeing import gather_collection
from services.summaries.settings import Settings

settings = Settings.from_env()
stats = DayStatsTable(boto3.resource("dynamodb").Table(settings.day_stats_table))

handler = consume(
    {
        PostIngestedV1: partial(gather_post, stats=stats),
        PostRemovedV1: partial(forget_post, stats=stats),
        SentimentScoredV1: partial(gather_score, stats=stats),
        DailyBarClosedV1: partial(gather_bar, stats=stats),
        CollectionCompletedV1: partial(gather_collection, stats=stats),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
