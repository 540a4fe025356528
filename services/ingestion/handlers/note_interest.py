"""NoteInterest: what users watch and follow is kept, so that collecting can ask for it."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.app import (
    TickerFollowedV1,
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from services.ingestion import noting
from services.ingestion.interests import InterestsTable
from services.ingestion.settings import Settings

settings = Settings.from_env()
interests = InterestsTable(boto3.resource("dynamodb").Table(settings.interests_table))

handler = consume(
    {
        TickerFollowedV1: partial(noting.note_follow, interests=interests),
        TickerUnfollowedV1: partial(noting.note_unfollow, interests=interests),
        WatchlistItemAddedV1: partial(noting.note_addition, interests=interests),
        WatchlistItemRemovedV1: partial(noting.note_removal, interests=interests),
        UserDeletedV1: partial(noting.forget_user, interests=interests),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
