"""GatherDay: posts, scores, prices, forecasts and what collections saw become what a day is told from."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.ingestion import CollectionCompletedV1, PostIngestedV1, PostRemovedV1
from contracts.events.market_data import DailyBarClosedV1, DrawdownsRankedV1, PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import SentimentScoredV1
from services.summaries.daystats import DayStatsTable
from services.summaries.gathering import each, forget_post, gather_bar, gather_post, gather_score
from services.summaries.knowing import keep_close, keep_forecast, keep_quote, keep_ranking
from services.summaries.known import KnownTable
from services.summaries.seeing import gather_collection
from services.summaries.settings import Settings
from services.summaries.talk import TalkTable
from services.summaries.talking import forget_words, keep_words

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
stats = DayStatsTable(dynamodb.Table(settings.day_stats_table))
talk = TalkTable(dynamodb.Table(settings.talk_table), days=settings.talk_days)
known = KnownTable(dynamodb.Table(settings.known_table))

handler = consume(
    {
        PostIngestedV1: each(partial(gather_post, stats=stats), partial(keep_words, talk=talk)),
        PostRemovedV1: each(partial(forget_post, stats=stats), partial(forget_words, talk=talk)),
        SentimentScoredV1: partial(gather_score, stats=stats),
        DailyBarClosedV1: each(partial(gather_bar, stats=stats), partial(keep_close, known=known)),
        PriceUpdatedV1: partial(keep_quote, known=known),
        DirectionPredictedV1: partial(keep_forecast, known=known),
        DrawdownsRankedV1: partial(keep_ranking, known=known),
        CollectionCompletedV1: partial(gather_collection, stats=stats),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
