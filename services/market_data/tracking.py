"""Which tickers are priced: those somebody watches or follows, and for a while those talked about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from contracts.events.app import (
    TickerFollowedV1,
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from contracts.events.envelope import Publish
from contracts.events.sentiment import TickerSentimentShiftedV1

BENCHMARK = "SPY"
"""Priced whether anybody asks or not: moves are told beside the market's."""

TALKED_ABOUT_FOR = timedelta(days=7)

DISCUSSED = 50
"""So many tickers nobody wants are quoted all the same; bars are kept of all that are talked about."""


@dataclass(frozen=True)
class Interest:
    """What a user last said about a ticker; *kind* keeps the watchlist and follows apart."""

    user_id: str
    ticker: str
    kind: Literal["follow", "watchlist"]
    wanted: bool
    said_at: datetime

    def outdates(self, said_at: datetime, wanted: bool) -> bool:
        """Whether this is newer; of two said at the same instant the refusal holds."""
        return (self.said_at, not self.wanted) > (said_at, not wanted)


class Watched(Protocol):
    def express(self, interest: Interest) -> None:
        """Keeps it, unless the user has said something newer or left since."""
        ...

    def forget(self, user_id: str, deleted_at: datetime) -> None:
        """Drops what the user said until then."""
        ...

    def hear_talk(self, ticker: str, heard_at: datetime, mentions: int, until: datetime) -> None:
        """Tracks the ticker until then, or longer where that was known; of mentions the newest hold."""
        ...


def follow_ticker(event: TickerFollowedV1, publish: Publish, *, watched: Watched) -> None:
    watched.express(Interest(event.user_id, event.ticker, "follow", True, event.followed_at))


def unfollow_ticker(event: TickerUnfollowedV1, publish: Publish, *, watched: Watched) -> None:
    watched.express(Interest(event.user_id, event.ticker, "follow", False, event.unfollowed_at))


def add_to_watchlist(event: WatchlistItemAddedV1, publish: Publish, *, watched: Watched) -> None:
    watched.express(Interest(event.user_id, event.ticker, "watchlist", True, event.added_at))


def remove_from_watchlist(event: WatchlistItemRemovedV1, publish: Publish, *, watched: Watched) -> None:
    watched.express(Interest(event.user_id, event.ticker, "watchlist", False, event.removed_at))


def forget_user(event: UserDeletedV1, publish: Publish, *, watched: Watched) -> None:
    watched.forget(event.user_id, event.deleted_at)


def track_talk(event: TickerSentimentShiftedV1, publish: Publish, *, watched: Watched) -> None:
    """A ticker whose mood or mentions moved is priced for a week, followed or not."""
    watched.hear_talk(event.ticker, event.window_end, event.mentions, event.window_end + TALKED_ABOUT_FOR)


def most_discussed(mentions: Mapping[str, int]) -> list[str]:
    """The tickers to quote, by their mentions when last told."""
    return sorted(mentions, key=lambda ticker: (-mentions[ticker], ticker))[:DISCUSSED]


def with_benchmark(tickers: list[str]) -> list[str]:
    return sorted({BENCHMARK, *tickers})
