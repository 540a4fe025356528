"""Who watches what, who can be reached by mail, and who has left."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from contracts.events.app import (
    ContactChangedV1,
    TickerFollowedV1,
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from contracts.events.envelope import Publish

WATCHLIST, FOLLOW = "WATCHLIST", "FOLLOW"
"""The two ways to watch a ticker; each ends on its own."""


DAILY, NEVER = "daily", "never"


class Watchers(Protocol):
    """What is newer stays, whatever arrives last; each method may be repeated."""

    def watch(self, user_id: str, way: str, ticker: str, event_id: str, *, at: datetime) -> None: ...

    def unwatch(self, user_id: str, way: str, ticker: str, event_id: str, *, at: datetime) -> None: ...

    def set_contact(
        self, user_id: str, time_zone: str, event_id: str, *, by_mail: bool, at: datetime, cadence: str
    ) -> None: ...

    def leave(self, user_id: str, *, at: datetime) -> None:
        """Marks a user as gone: nothing of before is kept from now on."""
        ...

    def briefed_on(self, user_id: str, *, before: datetime) -> Sequence[tuple[date, str]]:
        """The days a user who left at *before* has a briefing of."""
        ...

    def erase(self, user_id: str, *, before: datetime) -> None: ...


class Briefings(Protocol):
    def remove(self, user_id: str, day: date, cadence: str) -> None: ...


def add_item(event: WatchlistItemAddedV1, publish: Publish, *, watchers: Watchers) -> None:
    watchers.watch(event.user_id, WATCHLIST, event.ticker, publish.cause.id, at=event.added_at)


def remove_item(event: WatchlistItemRemovedV1, publish: Publish, *, watchers: Watchers) -> None:
    watchers.unwatch(event.user_id, WATCHLIST, event.ticker, publish.cause.id, at=event.removed_at)


def keep_follow(event: TickerFollowedV1, publish: Publish, *, watchers: Watchers) -> None:
    watchers.watch(event.user_id, FOLLOW, event.ticker, publish.cause.id, at=event.followed_at)


def drop_follow(event: TickerUnfollowedV1, publish: Publish, *, watchers: Watchers) -> None:
    watchers.unwatch(event.user_id, FOLLOW, event.ticker, publish.cause.id, at=event.unfollowed_at)


def keep_contact(event: ContactChangedV1, publish: Publish, *, watchers: Watchers) -> None:
    """Keeps whether a user can be mailed, and their zone; no address. Raises for a zone unknown to us."""
    ZoneInfo(event.time_zone)
    cadence = event.mail_cadence or DAILY
    reached = any(each.kind == "email" and each.verified and each.address for each in event.channels)
    watchers.set_contact(
        event.user_id,
        event.time_zone,
        publish.cause.id,
        by_mail=reached and cadence != NEVER,
        at=event.changed_at,
        cadence=cadence,
    )


def forget_user(event: UserDeletedV1, publish: Publish, *, watchers: Watchers, briefings: Briefings) -> None:
    """Erases what is kept about a user from before they left; who comes back later starts anew."""
    watchers.leave(event.user_id, at=event.deleted_at)
    # The rows say which objects there are, so they go last.
    for day, cadence in watchers.briefed_on(event.user_id, before=event.deleted_at):
        briefings.remove(event.user_id, day, cadence)
    watchers.erase(event.user_id, before=event.deleted_at)
