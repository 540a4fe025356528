"""TrackTickers: what users watch and communities talk about is what gets priced."""

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
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.market_data import tracking
from services.market_data.settings import Settings
from services.market_data.watched import WatchedTable

settings = Settings.from_env()
watched = WatchedTable(boto3.resource("dynamodb").Table(settings.watched_table))

handler = consume(
    {
        TickerFollowedV1: partial(tracking.follow_ticker, watched=watched),
        TickerUnfollowedV1: partial(tracking.unfollow_ticker, watched=watched),
        WatchlistItemAddedV1: partial(tracking.add_to_watchlist, watched=watched),
        WatchlistItemRemovedV1: partial(tracking.remove_from_watchlist, watched=watched),
        UserDeletedV1: partial(tracking.forget_user, watched=watched),
        TickerSentimentShiftedV1: partial(tracking.track_talk, watched=watched),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
