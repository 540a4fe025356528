from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from contracts.events.app import (
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from services.market_data import tracking
from services.market_data.tracking import Interest, with_benchmark
from tests.builders import NOON, Said, a_follow, a_shift, enveloped

THEN = datetime(2021, 1, 20, 12, 0, tzinfo=UTC)


@dataclass
class Heard:
    """Keeps what a use-case asked the table for."""

    calls: list[tuple[object, ...]] = field(default_factory=list)

    def express(self, interest: Interest) -> None:
        self.calls.append((interest,))

    def forget(self, user_id: str, deleted_at: datetime) -> None:
        self.calls.append((user_id, deleted_at))

    def hear_talk(self, ticker: str, heard_at: datetime, mentions: int, until: datetime) -> None:
        self.calls.append((ticker, heard_at, mentions, until))


def said() -> Said:
    return Said(enveloped(a_follow()))


def an_interest(*, wanted: bool = True, said_at: datetime = THEN) -> Interest:
    return Interest("alice", "GME", "follow", wanted, said_at)


def test_follows_and_the_watchlist_are_kept_apart() -> None:
    watched = Heard()
    tracking.follow_ticker(a_follow(), said(), watched=watched)
    tracking.unfollow_ticker(
        TickerUnfollowedV1(user_id="alice", ticker="GME", unfollowed_at=NOON), said(), watched=watched
    )
    tracking.add_to_watchlist(
        WatchlistItemAddedV1(user_id="alice", ticker="GME", added_at=THEN), said(), watched=watched
    )
    tracking.remove_from_watchlist(
        WatchlistItemRemovedV1(user_id="alice", ticker="GME", removed_at=NOON), said(), watched=watched
    )
    assert watched.calls == [
        (Interest("alice", "GME", "follow", True, THEN),),
        (Interest("alice", "GME", "follow", False, NOON),),
        (Interest("alice", "GME", "watchlist", True, THEN),),
        (Interest("alice", "GME", "watchlist", False, NOON),),
    ]


def test_a_user_who_left_is_forgotten_as_of_then() -> None:
    watched = Heard()
    tracking.forget_user(UserDeletedV1(user_id="alice", deleted_at=NOON), said(), watched=watched)
    assert watched.calls == [("alice", NOON)]


def test_talk_keeps_a_ticker_priced_for_seven_days() -> None:
    watched = Heard()
    tracking.track_talk(a_shift(), said(), watched=watched)
    assert watched.calls == [("GME", NOON, a_shift().mentions, NOON + timedelta(days=7))]


def test_the_later_word_holds_whenever_it_arrives() -> None:
    later = an_interest(wanted=False, said_at=NOON)
    assert later.outdates(THEN, True)
    assert not an_interest().outdates(NOON, False)


def test_a_repeat_outdates_nothing() -> None:
    assert not an_interest().outdates(THEN, True)
    assert not an_interest(wanted=False).outdates(THEN, False)


def test_of_two_words_at_the_same_instant_the_refusal_holds() -> None:
    assert an_interest(wanted=False).outdates(THEN, True)
    assert not an_interest(wanted=True).outdates(THEN, False)


def test_the_benchmark_is_asked_for_once() -> None:
    assert with_benchmark(["SPY", "GME"]) == with_benchmark(["GME"]) == ["GME", "SPY"]


def test_of_what_nobody_wants_the_most_discussed_fifty_are_quoted() -> None:
    mentions = {f"T{n:02}": n for n in range(60)} | {"AAA": 30}
    found = tracking.most_discussed(mentions)
    assert len(found) == 50
    assert found[:2] == ["T59", "T58"]
    assert (found.index("AAA"), found.index("T30"), found[-1]) == (29, 30, "T11")
