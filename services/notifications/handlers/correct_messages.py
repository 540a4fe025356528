"""CorrectMessages: a corrected quote edits the messages that told of the wrong one."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger
from urllib3 import PoolManager, Timeout

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.market_data import QuoteCorrectedV1
from services.notifications.correcting import correct_messages
from services.notifications.inbox import InboxTable
from services.notifications.keys import Keys
from services.notifications.queues import OwnQueue
from services.notifications.settings import Settings
from services.notifications.slack import Slack
from services.notifications.subscriptions import SubscriptionsTable
from services.notifications.telegram import Telegram

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
keys = Keys(partial(boto3.client, "ssm"), settings.keys_parameter)
http = PoolManager(timeout=Timeout(connect=3, read=7))
correct = partial(
    correct_messages,
    messages=InboxTable(dynamodb.Table(settings.inbox_table)),
    locale=SubscriptionsTable(dynamodb.Table(settings.subscriptions_table)).locale,
    edits={
        "slack": Slack(keys, url=settings.slack_url).correct,
        "telegram": Telegram(keys, http, url=settings.telegram_url).correct,
    },
    postpone=OwnQueue(boto3.client("sqs"), settings.corrections_queue).put,
    warn=Logger().warning,
)

handler = consume({QuoteCorrectedV1: correct}, bus=Bus(settings.bus_name, boto3.client("events")))
