"""ReleaseHeld: every quarter of an hour, what waited for the end of quiet hours goes out."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.notifications.held import HeldAlerts
from services.notifications.releasing import release_held
from services.notifications.settings import Settings
from services.notifications.subscriptions import SubscriptionsTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
subscriptions = SubscriptionsTable(dynamodb.Table(settings.subscriptions_table))
held = HeldAlerts(dynamodb.Table(settings.evaluations_table))

handler = consume(
    {Due: partial(release_held, held=held, subscriptions=subscriptions)},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
