"""TakeRequests: what comes over HTTP is checked, put into a queue and answered; it changes nothing itself."""

from datetime import UTC, datetime
from functools import partial

import boto3
from urllib3 import PoolManager, Timeout

from services.notifications.keys import Keys
from services.notifications.queues import OwnQueue
from services.notifications.replying import route
from services.notifications.settings import Settings
from services.notifications.sns import Sns
from services.notifications.subscriptions import SubscriptionsTable
from services.notifications.taking_browsers import drop_browser, take_browser, tell_key
from services.notifications.taking_feedback import take_feedback
from services.notifications.taking_reports import take_report
from services.notifications.taking_updates import take_update
from services.notifications.unsubscribing import show_unsubscribe, take_unsubscribe

settings = Settings.from_env()
keys = Keys(partial(boto3.client, "ssm"), settings.keys_parameter)
sqs, now = boto3.client("sqs"), partial(datetime.now, UTC)
sns = Sns(PoolManager(timeout=Timeout(connect=2, read=3)))
feedback = OwnQueue(sqs, settings.feedback_queue).put
updates = OwnQueue(sqs, settings.updates_queue).put
reports = OwnQueue(sqs, settings.reports_queue).put
browsers = SubscriptionsTable(boto3.resource("dynamodb").Table(settings.subscriptions_table))

handler = partial(
    route,
    routes={
        "/feedback": {
            "POST": partial(
                take_feedback, topic=settings.feedback_topic, verified=sns.verified, enqueue=feedback, now=now
            )
        },
        "/unsubscribe": {
            "GET": partial(show_unsubscribe, secret=keys),
            "POST": partial(take_unsubscribe, secret=keys, enqueue=feedback, now=now),
        },
        "/push/subscriptions": {
            "POST": partial(take_browser, browsers=browsers, secret=keys, enqueue=feedback, now=now),
            "DELETE": partial(drop_browser, secret=keys, enqueue=feedback, now=now),
        },
        "/push/key": {"GET": partial(tell_key, secret=keys)},
        "/telegram": {"POST": partial(take_update, secret=keys, enqueue=updates, now=now)},
        "/relay": {"POST": partial(take_report, secret=keys, enqueue=reports, now=now)},
    },
)
