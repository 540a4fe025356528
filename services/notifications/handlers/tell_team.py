"""TellTeam: what monitors report and what the day was, in the team's own channels."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger, Metrics
from urllib3 import PoolManager, Timeout

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.gauges import NAMESPACE, Gauges
from services.notifications.keys import Keys
from services.notifications.ledger import Ledger
from services.notifications.queues import OwnQueue
from services.notifications.settings import Settings
from services.notifications.slack import Slack
from services.notifications.taken import ReportTaken
from services.notifications.team import Team, relay_report, tell_day
from services.notifications.telegram import Telegram

settings = Settings.from_env()
keys = Keys(partial(boto3.client, "ssm"), settings.keys_parameter)
ledger = Ledger(
    settings.ledger_table,
    boto3.client("dynamodb"),
    ambiguous=Gauges(Metrics(namespace=NAMESPACE)).ambiguous,
)
team = Team(
    Slack(keys, url=settings.slack_url),
    Telegram(keys, PoolManager(timeout=Timeout(connect=3, read=7)), url=settings.telegram_url),
    ledger.once,
    channel=settings.team_slack_channel,
    chat=settings.team_telegram_chat,
    warn=Logger().warning,
)
later = OwnQueue(boto3.client("sqs"), settings.reports_queue).put

handler = ledger.watching(
    consume(
        {
            ReportTaken: partial(relay_report, team=team, postpone=later),
            DailySummaryPublishedV1: partial(tell_day, team=team, postpone=later),
        },
        bus=Bus(settings.bus_name, boto3.client("events")),
    )
)
