"""PublishSummary: every morning the day before is told in figures and words."""

from functools import partial

import boto3
from botocore.config import Config

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.summaries.daystats import DayStatsTable
from services.summaries.executions import WritersMachine
from services.summaries.settings import Settings, daily_budget
from services.summaries.summaries import SummariesTable
from services.summaries.summarising import publish_summary

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
stats = DayStatsTable(dynamodb.Table(settings.day_stats_table))
summaries = SummariesTable(dynamodb.Table(settings.summaries_table))
# The call lasts as long as the writers do, and a second one would have them write again.
patient = Config(connect_timeout=3, read_timeout=250, retries={"total_max_attempts": 1})
machine = WritersMachine(boto3.client("stepfunctions", config=patient), settings.write_machine)

publish_day = partial(
    publish_summary,
    read=stats.read,
    summaries=summaries,
    write_all=machine.write,
    min_voices=settings.min_voices,
    budget=daily_budget(),
)

handler = consume({Due: publish_day}, bus=Bus(settings.bus_name, boto3.client("events")))
