"""AnswerTelegram: what was written to the bot is answered, once."""

from datetime import UTC, datetime
from functools import partial

import boto3
from aws_lambda_powertools import Logger, Metrics
from urllib3 import PoolManager, Timeout

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from services.notifications.alpaca import Alpaca
from services.notifications.answering import Bot, answer_update
from services.notifications.board_rows import BoardRows
from services.notifications.downloads import DownloadsBucket
from services.notifications.gauges import NAMESPACE, Gauges
from services.notifications.inbox import InboxTable
from services.notifications.keys import Keys
from services.notifications.lanes import LanesTable
from services.notifications.ledger import Ledger
from services.notifications.queues import OwnQueue
from services.notifications.settings import Settings
from services.notifications.subscriptions import SubscriptionsTable
from services.notifications.taken import UpdateTaken
from services.notifications.telegram import Telegram

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
keys = Keys(partial(boto3.client, "ssm"), settings.keys_parameter)
http = PoolManager(timeout=Timeout(connect=3, read=7))
ledger = Ledger(
    settings.ledger_table,
    boto3.client("dynamodb"),
    ambiguous=Gauges(Metrics(namespace=NAMESPACE)).ambiguous,
)
bot = Bot(
    chats=settings.telegram_chats,
    chat=Telegram(keys, http, url=settings.telegram_url),
    known=BoardRows(dynamodb.Table(settings.history_table)),
    users=SubscriptionsTable(dynamodb.Table(settings.subscriptions_table)),
    told=InboxTable(dynamodb.Table(settings.inbox_table)),
    broker=Alpaca(keys, http, url=settings.alpaca_url),
    ledger=ledger,
    lanes=LanesTable(dynamodb.Table(settings.ledger_table)),
    postpone=OwnQueue(boto3.client("sqs"), settings.updates_queue).put,
    share=DownloadsBucket(boto3.client("s3"), settings.downloads_bucket).share,
    now=partial(datetime.now, UTC),
    warn=Logger().warning,
)

handler = ledger.watching(
    consume(
        {UpdateTaken: partial(answer_update, bot=bot)}, bus=Bus(settings.bus_name, boto3.client("events"))
    )
)
