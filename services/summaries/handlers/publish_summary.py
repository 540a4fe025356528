"""PublishSummary: every morning the day before is told in figures and words."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.summaries.daystats import DayStatsTable
from services.summaries.settings import Settings
from services.summaries.summaries import SummariesTable
from services.summaries.summarising import publish_summary

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
stats = DayStatsTable(dynamodb.Table(settings.day_stats_table))
summaries = SummariesTable(dynamodb.Table(settings.summaries_table))

handler = consume(
    {Due: partial(publish_summary, read=stats.read, summaries=summaries, min_voices=settings.min_voices)},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
