"""Deliver: an alert that fired, or a briefing that lies ready, reaches its user, once a channel."""

from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
from aws_lambda_powertools import Metrics
from botocore.config import Config
from urllib3 import PoolManager, Timeout

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.notifications import AlertFiredV1
from contracts.events.summaries import BriefingPreparedV1
from services.notifications.addresses import AddressesTable
from services.notifications.briefing_mail import BriefingMail
from services.notifications.briefing_parts import BriefingParts
from services.notifications.delivering import Outbound, deliver
from services.notifications.gauges import NAMESPACE, Gauges
from services.notifications.held import HeldAlerts
from services.notifications.inbox import InboxTable
from services.notifications.keys import Keys
from services.notifications.lanes import LanesTable
from services.notifications.ledger import Ledger
from services.notifications.mail import Mail
from services.notifications.mailing import mail_briefing
from services.notifications.pacing import Pace
from services.notifications.push import Push
from services.notifications.queues import OwnQueue
from services.notifications.settings import Settings
from services.notifications.slack import Slack
from services.notifications.subscriptions import SubscriptionsTable
from services.notifications.telegram import Telegram

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
subscriptions = SubscriptionsTable(dynamodb.Table(settings.subscriptions_table))
inbox = InboxTable(dynamodb.Table(settings.inbox_table))
ledger_client = boto3.client("dynamodb")
ledger = Ledger(
    settings.ledger_table, ledger_client, ambiguous=Gauges(Metrics(namespace=NAMESPACE)).ambiguous
)
# No retries inside the SDK: after a lost reply it would send a second mail that nobody counts.
ses = boto3.client(
    "sesv2", config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
)
keys = Keys(partial(boto3.client, "ssm"), settings.keys_parameter)
http = PoolManager(timeout=Timeout(connect=3, read=7))
mail = Mail(
    ses,
    keys,
    sender=settings.sender_address,
    unsubscribe_url=settings.unsubscribe_url,
    feedback=settings.feedback_set,
)
now = partial(datetime.now, UTC)
second = timedelta(seconds=1)

outbound = Outbound(
    subscriptions=subscriptions,
    inbox=inbox,
    channels={
        "email": mail,
        "slack": Slack(keys, url=settings.slack_url),
        "telegram": Telegram(keys, http, url=settings.telegram_url),
        "push": Push(keys),
    },
    addresses=AddressesTable(dynamodb.Table(settings.addresses_table), now=now),
    ledger=ledger,
    lanes=LanesTable(dynamodb.Table(settings.ledger_table)),
    paces={
        "email": Pace(second / float(settings.mails_per_second), one_lane=True),
        "slack": Pace(second),
        "telegram": Pace(second),
    },
    held=HeldAlerts(dynamodb.Table(settings.evaluations_table)),
    postpone=OwnQueue(boto3.client("sqs"), settings.alerts_queue).put,
    now=now,
)
parts = BriefingParts(boto3.client("s3"))
briefings = BriefingMail(mail, parts.read)
handler = ledger.watching(
    consume(
        {
            AlertFiredV1: partial(deliver, outbound=outbound),
            BriefingPreparedV1: partial(mail_briefing, outbound=outbound, post=briefings.post),
        },
        bus=Bus(settings.bus_name, boto3.client("events")),
    )
)
