"""Who watches what: the last word of each user about each ticker, so that collecting can ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from contracts.events.app import (
    TickerFollowedV1,
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from contracts.events.envelope import Publish


@dataclass(frozen=True, slots=True)
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


class Interests(Protocol):
    def note(self, interest: Interest) -> None:
        """Keeps it, unless the user has said something newer or left since."""
        ...

    def forget(self, user_id: str, deleted_at: datetime) -> None:
        """Drops what the user said until then."""
        ...

    def watchers(self) -> Mapping[str, int]:
        """How many watch each ticker that anybody watches; who follows and lists it counts twice."""
        ...


def note_follow(event: TickerFollowedV1, publish: Publish, *, interests: Interests) -> None:
    interests.note(Interest(event.user_id, event.ticker, "follow", True, event.followed_at))


def note_unfollow(event: TickerUnfollowedV1, publish: Publish, *, interests: Interests) -> None:
    interests.note(Interest(event.user_id, event.ticker, "follow", False, event.unfollowed_at))


def note_addition(event: WatchlistItemAddedV1, publish: Publish, *, interests: Interests) -> None:
    interests.note(Interest(event.user_id, event.ticker, "watchlist", True, event.added_at))


def note_removal(event: WatchlistItemRemovedV1, publish: Publish, *, interests: Interests) -> None:
    interests.note(Interest(event.user_id, event.ticker, "watchlist", False, event.removed_at))


def forget_user(event: UserDeletedV1, publish: Publish, *, interests: Interests) -> None:
    interests.forget(event.user_id, event.deleted_at)
