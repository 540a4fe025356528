"""PrepareBriefings: once a day is told, or a week is over, each reader's mail is written."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from contracts.events.summaries import DailySummaryPublishedV1
from services.summaries.briefings import BriefingsBucket
from services.summaries.flags import BriefingFlag
from services.summaries.preparing import BriefingDue, give_turns, give_weekly_turns, prepare_briefing
from services.summaries.settings import Settings
from services.summaries.summaries import SummariesTable
from services.summaries.turns import TurnsQueue
from services.summaries.watchers import WatchersTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
watchers = WatchersTable(dynamodb.Table(settings.watchers_table))

turns = TurnsQueue(boto3.client("sqs"), settings.turns_queue)
prepare = partial(
    prepare_briefing,
    watchers=watchers,
    summaries=SummariesTable(dynamodb.Table(settings.summaries_table)),
    briefings=BriefingsBucket(boto3.client("s3"), settings.briefings_bucket),
    percent_b=BriefingFlag(boto3.client("ssm"), settings.briefing_flag).percent_b,
)

handler = consume(
    {
        DailySummaryPublishedV1: partial(give_turns, watchers=watchers, turns=turns),
        Due: partial(give_weekly_turns, watchers=watchers, turns=turns),
        BriefingDue: prepare,
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
