"""KeepWatchers: who watches what and can be mailed, as the app says."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.app import (
    ContactChangedV1,
    TickerFollowedV1,
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from services.summaries.briefings import BriefingsBucket
from services.summaries.settings import Settings
from services.summaries.watchers import WatchersTable
from services.summaries.watching import (
    add_item,
    drop_follow,
    forget_user,
    keep_contact,
    keep_follow,
    remove_item,
)

settings = Settings.from_env()
watchers = WatchersTable(boto3.resource("dynamodb").Table(settings.watchers_table))
briefings = BriefingsBucket(boto3.client("s3"), settings.briefings_bucket)

handler = consume(
    {
        WatchlistItemAddedV1: partial(add_item, watchers=watchers),
        WatchlistItemRemovedV1: partial(remove_item, watchers=watchers),
        TickerFollowedV1: partial(keep_follow, watchers=watchers),
        TickerUnfollowedV1: partial(drop_follow, watchers=watchers),
        ContactChangedV1: partial(keep_contact, watchers=watchers),
        UserDeletedV1: partial(forget_user, watchers=watchers, briefings=briefings),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
