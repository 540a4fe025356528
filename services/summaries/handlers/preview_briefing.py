"""PreviewBriefing: a briefing is shown before anybody gets it, and mailed to its one reader if asked."""

from datetime import UTC, datetime
from functools import partial

import boto3

from contracts.bus.publish import Bus
from services.summaries.briefings import BriefingsBucket
from services.summaries.desks import new_york_today
from services.summaries.previewing import Desk, announced, preview_briefing
from services.summaries.settings import Settings
from services.summaries.summaries import SummariesTable
from services.summaries.watchers import WatchersTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
bus = Bus(settings.bus_name, boto3.client("events"))

desk = Desk(
    watchers=WatchersTable(dynamodb.Table(settings.watchers_table)),
    summaries=SummariesTable(dynamodb.Table(settings.summaries_table)),
    briefings=BriefingsBucket(boto3.client("s3"), settings.briefings_bucket),
    today=new_york_today,
    announce=partial(announced, bus.publish, partial(datetime.now, UTC)),
)

handler = partial(preview_briefing, desk=desk)
