"""NoteInterest through its real handler."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from contracts.events.app import (
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from contracts.events.envelope import Envelope
from services.ingestion.interests import InterestsTable
from tests.bench import Bench, Killed
from tests.builders import a_follow, enveloped

THEN = datetime(2021, 1, 20, 12, 0, tzinfo=UTC)


def day(n: int) -> datetime:
    return THEN + timedelta(days=n)


def followed(at: datetime = THEN, user: str = "alice", ticker: str = "GME") -> Envelope:
    event = a_follow(user_id=user, ticker=ticker, followed_at=at)
    return enveloped(event, at=at, key=f"{user} {ticker} {at}")


def unfollowed(at: datetime, user: str = "alice") -> Envelope:
    event = TickerUnfollowedV1(user_id=user, ticker="GME", unfollowed_at=at)
    return enveloped(event, at=at, key=f"{user} {at}")


def added(at: datetime = THEN, user: str = "alice") -> Envelope:
    return enveloped(WatchlistItemAddedV1(user_id=user, ticker="GME", added_at=at), at=at)


def removed(at: datetime) -> Envelope:
    return enveloped(WatchlistItemRemovedV1(user_id="alice", ticker="GME", removed_at=at), at=at)


def left(at: datetime, user: str = "alice") -> Envelope:
    return enveloped(UserDeletedV1(user_id=user, deleted_at=at), at=at)


def watchers(bench: Bench) -> dict[str, int]:
    return InterestsTable(bench.table("Interests")).watchers()


def words(bench: Bench) -> list[Any]:
    """What is kept of users, and how many watch what: all that anybody reads."""
    items = bench.table("Interests").scan()["Items"]
    kept = [sorted(item.items()) for item in items if item["pk"] != "WATCHED"]
    return [sorted(kept, key=str), watchers(bench)]


def wipe(bench: Bench) -> None:
    table = bench.table("Interests")
    for item in table.scan()["Items"]:
        table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def test_follows_and_watchlists_are_counted_by_ticker() -> None:
    with Bench("ingestion", "note_interest") as bench:
        assert bench.deliver(followed(), added(user="bob"), followed(ticker="AMC")) == []
        assert watchers(bench) == {"GME": 2, "AMC": 1}
        assert bench.announced() == []


def test_a_repeat_counts_nobody_twice() -> None:
    with Bench("ingestion", "note_interest") as bench:
        bench.deliver(followed(), followed(), added())
        before = bench.dump()
        assert bench.deliver(added(), followed()) == []
        assert bench.dump() == before
        assert watchers(bench) == {"GME": 2}


def test_a_ticker_is_watched_until_the_last_one_lets_go() -> None:
    with Bench("ingestion", "note_interest") as bench:
        bench.deliver(followed(), added(), followed(user="bob"))
        bench.deliver(unfollowed(day(1)), unfollowed(day(1), "bob"))
        assert watchers(bench) == {"GME": 1}
        bench.deliver(removed(day(1)))
        assert watchers(bench) == {}


def test_a_user_who_left_takes_along_what_they_said_until_then() -> None:
    with Bench("ingestion", "note_interest") as bench:
        bench.deliver(followed(), added(), followed(day(3), ticker="AMC"), followed(user="bob", ticker="BB"))
        bench.deliver(left(day(2)))
        assert watchers(bench) == {"AMC": 1, "BB": 1}
        bench.deliver(left(day(4)))
        assert watchers(bench) == {"BB": 1}
        assert bench.dump().count("alice") == 1  # that what came before is not heard any more


STORIES = [
    [followed(), left(day(1))],
    [followed(), left(THEN)],
    [followed(), unfollowed(day(1)), followed(day(2))],
    [followed(), unfollowed(THEN), added(day(1))],
    [followed(), left(day(1)), added(day(2)), followed(user="bob")],
    [left(day(1)), unfollowed(day(0)), followed(day(3)), left(day(2))],
]


@pytest.mark.parametrize("story", STORIES)
def test_any_order_and_any_repeat_leave_the_same(story: list[Envelope]) -> None:
    with Bench("ingestion", "note_interest") as bench:
        outcomes = []
        for order in permutations(story):
            wipe(bench)
            assert bench.deliver(*order) == []
            outcomes.append(words(bench))
            assert bench.deliver(*reversed(order)) == []
            outcomes.append(words(bench))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0][0]


def test_a_poison_message_hurts_only_itself() -> None:
    with Bench("ingestion", "note_interest") as bench:
        wrong = followed().model_copy(update={"data": {"user_id": "alice"}})
        assert bench.deliver("{", followed(), wrong) == [0, 2]
        assert watchers(bench) == {"GME": 1}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("word", [followed(day(1)), unfollowed(day(1)), left(day(1))], ids=lambda e: e.type)
def test_killed_at_any_call_of_aws_it_ends_as_if_left_alone(word: Envelope, after: bool) -> None:
    with Bench("ingestion", "note_interest") as bench:
        bench.deliver(added(), word)
        undisturbed, killed = words(bench), list[str]()
        for call in range(1, 20):
            wipe(bench)
            bench.deliver(added())
            try:
                with bench.kill_at(call, after=after):
                    bench.deliver(word)
                break
            except Killed as where:
                killed.append(str(where))
            assert bench.deliver(word) == []
            assert words(bench) == undisturbed, killed
        assert "TransactWriteItems" in killed


def test_the_count_is_exact_however_many_users_come_and_go() -> None:
    users = [f"user-{n}" for n in range(12)]
    with Bench("ingestion", "note_interest") as bench:
        bench.deliver(*(followed(user=user) for user in users))
        for _ in range(2):
            bench.deliver(*(unfollowed(day(1), user) for user in users[:5]), left(day(1), users[5]))
        assert watchers(bench) == {"GME": 6}
