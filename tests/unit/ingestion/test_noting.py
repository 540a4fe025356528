"""Who watches what: words of users about tickers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from contracts.events.app import (
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from services.ingestion import noting
from services.ingestion.noting import Interest
from tests.builders import NOON, Said, a_follow, enveloped

THEN = datetime(2021, 1, 20, 12, 0, tzinfo=UTC)


@dataclass
class Heard:
    """Keeps what a use-case asked the table for."""

    calls: list[tuple[object, ...]] = field(default_factory=list)

    def note(self, interest: Interest) -> None:
        self.calls.append((interest,))

    def forget(self, user_id: str, deleted_at: datetime) -> None:
        self.calls.append((user_id, deleted_at))

    def watchers(self) -> Mapping[str, int]:
        return {}


def test_follows_and_the_watchlist_are_kept_apart() -> None:
    heard, said = Heard(), Said(enveloped(a_follow()))
    noting.note_follow(a_follow(), said, interests=heard)
    unfollowed = TickerUnfollowedV1(user_id="alice", ticker="GME", unfollowed_at=NOON)
    noting.note_unfollow(unfollowed, said, interests=heard)
    added = WatchlistItemAddedV1(user_id="alice", ticker="GME", added_at=THEN)
    noting.note_addition(added, said, interests=heard)
    removed = WatchlistItemRemovedV1(user_id="alice", ticker="GME", removed_at=NOON)
    noting.note_removal(removed, said, interests=heard)
    assert heard.calls == [
        (Interest("alice", "GME", "follow", True, THEN),),
        (Interest("alice", "GME", "follow", False, NOON),),
        (Interest("alice", "GME", "watchlist", True, THEN),),
        (Interest("alice", "GME", "watchlist", False, NOON),),
    ]
    assert said.events == []


def test_a_user_who_left_is_forgotten_as_of_then() -> None:
    heard = Heard()
    left = UserDeletedV1(user_id="alice", deleted_at=NOON)
    noting.forget_user(left, Said(enveloped(left)), interests=heard)
    assert heard.calls == [("alice", NOON)]


def test_the_later_word_holds_and_of_two_at_the_same_instant_the_refusal() -> None:
    yes = Interest("alice", "GME", "follow", True, THEN)
    no = Interest("alice", "GME", "follow", False, THEN)
    assert not yes.outdates(NOON, False)
    assert Interest("alice", "GME", "follow", True, NOON).outdates(THEN, False)
    assert (no.outdates(THEN, True), yes.outdates(THEN, False)) == (True, False)
    assert (no.outdates(THEN, False), yes.outdates(THEN, True)) == (False, False)
