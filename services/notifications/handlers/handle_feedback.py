"""HandleFeedback: bounces, complaints, readers who turn mail off and browsers that come and go."""

from datetime import UTC, datetime
from functools import partial

import boto3
from urllib3 import PoolManager, Timeout

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from services.notifications.addresses import AddressesTable
from services.notifications.feedback import handle_feedback, keep_browser, turn_mail_off
from services.notifications.settings import Settings
from services.notifications.sns import Sns
from services.notifications.subscriptions import SubscriptionsTable
from services.notifications.taken import BrowserTaken, FeedbackTaken, UnsubscribeTaken

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
addresses = AddressesTable(dynamodb.Table(settings.addresses_table), now=partial(datetime.now, UTC))
sns = Sns(PoolManager(timeout=Timeout(connect=2, read=3)))

handler = consume(
    {
        FeedbackTaken: partial(handle_feedback, addresses=addresses, confirm=sns.confirm),
        BrowserTaken: partial(
            keep_browser, browsers=SubscriptionsTable(dynamodb.Table(settings.subscriptions_table))
        ),
        UnsubscribeTaken: partial(turn_mail_off, addresses=addresses),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
