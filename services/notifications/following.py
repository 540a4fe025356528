"""Who follows what, where each wants to be told, and who has left."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from contracts.events.app import (
    AlertRule,
    ContactChangedV1,
    QuietHours,
    TickerFollowedV1,
    TickerUnfollowedV1,
    UserDeletedV1,
)
from contracts.events.envelope import Envelope, Publish
from contracts.events.notifications import PreferenceStatedV1
from services.notifications.locales import is_known

MAX_FOLLOWS = 100
"""Tickers a user may follow at a time."""
_MAX_DIGITS, _MAX_PLACES = 12, 6
_SECOND_LOOK = 900
"""Seconds; nothing that began before a user left is at work for so long."""
_ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)


class RuleUnusable(ValueError):
    """A rule that could never be told in a message."""


@dataclass(frozen=True)
class Follow:
    """A user follows a ticker under rules, by the event that said so."""

    user_id: str
    ticker: str
    rules: tuple[AlertRule, ...]
    event_id: str


class Subscriptions(Protocol):
    """What is newer stays, whatever arrives last; each method may be repeated."""

    def followed(self, user_id: str) -> Collection[str]:
        """The tickers a user follows."""
        ...

    def follow(self, follow: Follow, *, at: datetime, admitted: bool) -> bool:
        """Keeps *follow*, or that it was refused; false when something newer or the same is known."""
        ...

    def unfollow(self, user_id: str, ticker: str, event_id: str, *, at: datetime) -> None: ...

    def set_contact(self, contact: ContactChangedV1, event_id: str) -> None: ...

    def set_quiet(self, user_id: str, hours: QuietHours | None, event_id: str, *, at: datetime) -> None: ...

    def forget(self, user_id: str, *, before: datetime) -> None: ...

    def is_known(self, user_id: str) -> bool:
        """Whether anything but their departure is kept of a user."""
        ...


class Kept(Protocol):
    """Anything kept about users."""

    def erase(self, user_id: str, *, before: datetime) -> None: ...


def keep_follow(
    event: TickerFollowedV1, publish: Publish, *, subscriptions: Subscriptions, warn: Callable[..., None]
) -> None:
    """Follow a ticker under these rules. The ticker after the hundredth is refused, openly.

    Two at once may both be the hundredth: the limit bounds our work, it sells nothing.
    """
    check_rules(event.rules)
    others = set(subscriptions.followed(event.user_id)) - {event.ticker}
    admitted = len(others) < MAX_FOLLOWS
    follow = Follow(event.user_id, event.ticker, event.rules, publish.cause.id)
    changed = subscriptions.follow(follow, at=event.followed_at, admitted=admitted)
    if changed and not admitted:
        warn("follow.refused", extra={"event_id": publish.cause.id, "limit": MAX_FOLLOWS})


def drop_follow(event: TickerUnfollowedV1, publish: Publish, *, subscriptions: Subscriptions) -> None:
    """No longer follow a ticker; a follow of before that arrives later changes nothing."""
    subscriptions.unfollow(event.user_id, event.ticker, publish.cause.id, at=event.unfollowed_at)


def keep_contact(
    event: ContactChangedV1, publish: Publish, *, subscriptions: Subscriptions, warn: Callable[..., None]
) -> None:
    """Replace how a user is reached. Raises where the time zone is none that we know; in a locale that is
    none, figures are as at home."""
    ZoneInfo(event.time_zone)
    if not is_known(event.locale):
        warn("locale.unknown", extra={"event_id": publish.cause.id, "locale": event.locale})
    subscriptions.set_contact(event, publish.cause.id)


def keep_preference(
    event: PreferenceStatedV1, publish: Publish, *, subscriptions: Subscriptions, warn: Callable[..., None]
) -> None:
    """What a user said on a channel holds at once; what the app says later replaces it."""
    at = event.stated_at
    if event.wish == "follow" and event.ticker:
        followed = TickerFollowedV1(
            user_id=event.user_id, ticker=event.ticker, rules=event.rules, followed_at=at
        )
        keep_follow(followed, publish, subscriptions=subscriptions, warn=warn)
    elif event.wish == "unfollow" and event.ticker:
        subscriptions.unfollow(event.user_id, event.ticker, publish.cause.id, at=at)
    elif event.wish == "quiet":
        subscriptions.set_quiet(event.user_id, event.quiet_hours, publish.cause.id, at=at)


def forget_user(
    event: UserDeletedV1,
    publish: Publish,
    *,
    subscriptions: Subscriptions,
    kept: Sequence[Kept],
    postpone: Callable[[Envelope, int], None],
) -> None:
    """Erase what is kept about a user from before they left; who comes back later starts anew.

    What was under way may write once more: a second look takes all there is, unless they are back.
    """
    subscriptions.forget(event.user_id, before=event.deleted_at)
    second = bool(publish.cause.data.get("looked_again"))
    before = _ALWAYS if second and not subscriptions.is_known(event.user_id) else event.deleted_at
    for place in kept:
        place.erase(event.user_id, before=before)
    if not second:
        again = {"data": publish.cause.data | {"looked_again": True}}
        postpone(publish.cause.model_copy(update=again), _SECOND_LOOK)


def check_rules(rules: Sequence[AlertRule]) -> None:
    """Raises RuleUnusable, naming the rule and the remedy."""
    for rule in rules:
        for name, given in (("threshold", rule.threshold), ("hysteresis", rule.hysteresis)):
            _, digits, exponent = (given or Decimal()).as_tuple()
            if len(digits) > _MAX_DIGITS or not -_MAX_PLACES <= int(exponent) <= _MAX_DIGITS:
                raise RuleUnusable(
                    f"rules: the {name} of {rule.kind} has too many digits; use at most {_MAX_DIGITS}, "
                    f"{_MAX_PLACES} of them after the point"
                )
