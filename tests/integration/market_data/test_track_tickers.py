"""TrackTickers through its real handler."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from contracts.events.app import (
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from contracts.events.envelope import Envelope
from services.market_data.watched import WatchedTable
from tests.bench import Bench
from tests.builders import NOON, a_follow, a_shift, enveloped

THEN = datetime(2021, 1, 20, 12, 0, tzinfo=UTC)


def followed(at: datetime = THEN, user: str = "alice", ticker: str = "GME") -> Envelope:
    return enveloped(
        a_follow(user_id=user, ticker=ticker, followed_at=at), at=at, key=f"{user} {ticker} {at}"
    )


def unfollowed(at: datetime, user: str = "alice") -> Envelope:
    return enveloped(
        TickerUnfollowedV1(user_id=user, ticker="GME", unfollowed_at=at), at=at, key=f"{user} {at}"
    )


def added(at: datetime = THEN, user: str = "alice") -> Envelope:
    return enveloped(WatchlistItemAddedV1(user_id=user, ticker="GME", added_at=at), at=at)


def removed(at: datetime) -> Envelope:
    return enveloped(WatchlistItemRemovedV1(user_id="alice", ticker="GME", removed_at=at), at=at)


def left(at: datetime, user: str = "alice") -> Envelope:
    return enveloped(UserDeletedV1(user_id=user, deleted_at=at), at=at)


def talked(end: datetime, ticker: str = "GME") -> Envelope:
    return enveloped(a_shift(ticker=ticker, window_end=end), at=end)


def tracked(bench: Bench, at: datetime = NOON) -> list[str]:
    return WatchedTable(bench.table("Watched")).tracked(at)


def day(n: int) -> datetime:
    return THEN + timedelta(days=n)


def test_followed_watched_and_talked_about_tickers_are_tracked() -> None:
    with Bench("market_data", "track_tickers") as bench:
        assert bench.deliver(followed(ticker="AMC"), added(), talked(NOON, "NOK")) == []
        assert tracked(bench) == ["AMC", "GME", "NOK"]
        assert bench.announced() == []


def test_a_ticker_is_tracked_until_the_last_one_lets_go() -> None:
    with Bench("market_data", "track_tickers") as bench:
        bench.deliver(followed(), added(), followed(user="bob"))
        bench.deliver(unfollowed(day(1)), unfollowed(day(1), "bob"))
        assert tracked(bench) == ["GME"]
        bench.deliver(removed(day(1)))
        assert tracked(bench) == []


def test_talk_keeps_a_ticker_for_a_week_and_older_talk_does_not_shorten_it() -> None:
    with Bench("market_data", "track_tickers") as bench:
        bench.deliver(talked(day(3)), talked(day(1)))
        assert tracked(bench, day(10)) == ["GME"]
        assert tracked(bench, day(10) + timedelta(seconds=1)) == []


def test_of_talk_alone_the_most_discussed_are_quoted_and_what_is_wanted_always_is() -> None:
    def heard(ticker: str, mentions: int, at: datetime = THEN) -> Envelope:
        shift = a_shift(ticker=ticker, window_end=at, mentions=mentions)
        return enveloped(shift, at=at, key=f"{ticker} {at} {mentions}")

    with Bench("market_data", "track_tickers") as bench:
        for n in range(0, 52, 10):
            bench.deliver(*(heard(f"T{m:02}", 100 + m) for m in range(n, min(n + 10, 52))))
        bench.deliver(followed(ticker="GME"), heard("GME", 1), heard("T00", 500, day(1)), heard("T00", 1))
        quoted = WatchedTable(bench.table("Watched")).quoted(day(1))
        assert len(quoted) == 51
        assert set(tracked(bench, day(1))) - set(quoted) == {"T01", "T02"}


def test_a_user_who_left_takes_along_what_they_said_until_then() -> None:
    with Bench("market_data", "track_tickers") as bench:
        bench.deliver(followed(), added(), followed(day(3), ticker="AMC"), followed(user="bob", ticker="BB"))
        bench.deliver(left(day(2)))
        assert tracked(bench) == ["AMC", "BB"]
        assert "alice" in bench.dump()  # the follow of day three, and that what came before is refused
        bench.deliver(left(day(4)))
        assert tracked(bench) == ["BB"]
        assert bench.dump().count("alice") == 1


STORIES = [
    [followed(), left(day(1))],
    [followed(), left(THEN)],
    [followed(), unfollowed(day(1)), followed(day(2))],
    [followed(), unfollowed(THEN), talked(day(1))],
    [followed(), left(day(1)), added(day(2)), followed(user="bob")],
    [left(day(1)), unfollowed(day(0)), followed(day(3)), left(day(2))],
]


def wipe(bench: Bench) -> None:
    table = bench.table("Watched")
    for item in table.scan()["Items"]:
        table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


@pytest.mark.parametrize("story", STORIES)
def test_any_order_and_any_repeat_leave_the_same_rows(story: list[Envelope]) -> None:
    with Bench("market_data", "track_tickers") as bench:
        dumps = set()
        for order in permutations(story):
            wipe(bench)
            assert bench.deliver(*order) == []
            dumps.add(bench.dump())
            assert bench.deliver(*reversed(order)) == []
            dumps.add(bench.dump())
    assert len(dumps) == 1
    assert "TRACKED" in dumps.pop()


def test_two_words_within_a_second_are_kept_in_their_order() -> None:
    with Bench("market_data", "track_tickers") as bench:
        again = followed(THEN + timedelta(milliseconds=400))
        bench.deliver(again, unfollowed(THEN + timedelta(milliseconds=200)), followed())
        assert tracked(bench) == ["GME"]


def test_a_poison_message_hurts_only_itself() -> None:
    with Bench("market_data", "track_tickers") as bench:
        wrong = followed().model_copy(update={"data": {"user_id": "alice"}})
        assert bench.deliver("{", followed(), wrong) == [0, 2]
        assert tracked(bench) == ["GME"]


def test_the_count_is_exact_however_many_users_come_and_go() -> None:
    users = [f"user-{n}" for n in range(12)]
    with Bench("market_data", "track_tickers") as bench:
        bench.deliver(*(followed(user=user) for user in users))
        bench.deliver(*(unfollowed(day(1), user) for user in users[:5]), left(day(1), users[5]))
        bench.deliver(*(unfollowed(day(1), user) for user in users[:5]), left(day(1), users[5]))
        listed = bench.table("Watched").get_item(Key={"pk": "TRACKED", "sk": "GME"})["Item"]
        assert listed["watchers"] == 6
