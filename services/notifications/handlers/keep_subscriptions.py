"""KeepSubscriptions: who follows what, and where to reach them, as the app says."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.app import ContactChangedV1, TickerFollowedV1, TickerUnfollowedV1, UserDeletedV1
from contracts.events.notifications import PreferenceStatedV1
from services.notifications.evaluations import EvaluationsTable
from services.notifications.following import (
    drop_follow,
    forget_user,
    keep_contact,
    keep_follow,
    keep_preference,
)
from services.notifications.inbox import InboxTable
from services.notifications.queues import OwnQueue
from services.notifications.settings import Settings
from services.notifications.subscriptions import SubscriptionsTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
subscriptions = SubscriptionsTable(dynamodb.Table(settings.subscriptions_table))
evaluations = EvaluationsTable(dynamodb.Table(settings.evaluations_table))
inbox = InboxTable(dynamodb.Table(settings.inbox_table))

handler = consume(
    {
        TickerFollowedV1: partial(keep_follow, subscriptions=subscriptions, warn=Logger().warning),
        TickerUnfollowedV1: partial(drop_follow, subscriptions=subscriptions),
        ContactChangedV1: partial(keep_contact, subscriptions=subscriptions, warn=Logger().warning),
        PreferenceStatedV1: partial(keep_preference, subscriptions=subscriptions, warn=Logger().warning),
        UserDeletedV1: partial(
            forget_user,
            subscriptions=subscriptions,
            kept=(evaluations, inbox),
            postpone=OwnQueue(boto3.client("sqs"), settings.follows_queue).put,
        ),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
