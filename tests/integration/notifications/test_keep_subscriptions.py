"""KeepSubscriptions through its real handler."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.sqs.models import sqs_backends

from contracts.events.app import QuietHours, TickerUnfollowedV1, UserDeletedV1, WatchlistItemAddedV1
from contracts.events.envelope import Envelope
from contracts.events.notifications import PreferenceStatedV1
from services.notifications.alerts import CLAIMED, Claim, Held, Later, Place
from services.notifications.evaluations import EvaluationsTable
from services.notifications.held import HeldAlerts
from services.notifications.inbox import InboxTable
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import ACCOUNT, REGION, Bench
from tests.builders import NOON, a_contact, a_follow, an_alert, enveloped


@pytest.fixture
def bench() -> Iterator[Bench]:
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/follows"
    with Bench("notifications", "keep_subscriptions", FOLLOWS_QUEUE=url) as bench:
        boto3.client("sqs").create_queue(QueueName="follows")
        yield bench


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


def followed(at: float, *, key: str = "", **changes: Any) -> Envelope:
    return enveloped(a_follow(followed_at=hours(at), **changes), key=key or f"follow/{at}/{changes}")


def unfollowed(at: float, ticker: str = "GME") -> Envelope:
    event = TickerUnfollowedV1(user_id="alice", ticker=ticker, unfollowed_at=hours(at))
    return enveloped(event, key=f"unfollow/{at}")


def contact(at: float, zone: str) -> Envelope:
    return enveloped(a_contact(changed_at=hours(at), time_zone=zone), key=f"contact/{at}")


def deleted(at: float) -> Envelope:
    return enveloped(UserDeletedV1(user_id="alice", deleted_at=hours(at)), key=f"gone/{at}")


def table(bench: Bench) -> SubscriptionsTable:
    return SubscriptionsTable(bench.table("Subscriptions"))


def empty(bench: Bench) -> None:
    for name in ("Subscriptions", "Evaluations", "Inbox"):
        for item in bench.table(name).scan()["Items"]:
            bench.table(name).delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def test_a_follow_is_found_by_its_ticker_with_its_rules_and_its_event(bench: Bench) -> None:
    follow = enveloped(a_follow())
    assert bench.deliver(follow, enveloped(a_contact())) == []
    [found] = table(bench).followers("GME")
    assert (found.user_id, found.rules, found.event_id) == ("alice", a_follow().rules, follow.id)
    assert table(bench).contact("alice") == a_contact()
    assert bench.announced() == []


def test_a_later_follow_replaces_the_rules(bench: Bench) -> None:
    bench.deliver(followed(2, rules=[{"kind": "direction"}]), followed(1))
    [found] = table(bench).followers("GME")
    assert [rule.kind for rule in found.rules] == ["direction"]


def test_who_unfollowed_is_found_no_more(bench: Bench) -> None:
    bench.deliver(followed(0), unfollowed(1))
    assert list(table(bench).followers("GME")) == []
    assert not table(bench).still_follows("alice", "GME")


@pytest.mark.parametrize("unfollow_first", [True, False])
def test_of_a_follow_and_an_unfollow_at_the_same_moment_the_unfollow_stands(
    bench: Bench, unfollow_first: bool
) -> None:
    both = [unfollowed(0), *(followed(0, key=f"follow {n}") for n in range(4))]
    bench.deliver(*(both if unfollow_first else reversed(both)))
    assert table(bench).followed("alice") == set()


def test_a_watchlist_item_alone_follows_nothing(bench: Bench) -> None:
    item = WatchlistItemAddedV1(user_id="alice", ticker="GME", added_at=NOON)
    assert bench.deliver(enveloped(item)) == []
    assert '"pk"' not in bench.dump()


def test_followers_are_read_from_every_part_of_a_hot_ticker(bench: Bench) -> None:
    users = {f"user-{number}" for number in range(30)}
    assert bench.deliver(*(followed(0, user_id=user) for user in users)) == []
    assert {follow.user_id for follow in table(bench).followers("GME")} == users
    parts = {item["followed_as"] for item in bench.table("Subscriptions").scan()["Items"]}
    assert len(parts) > 1


def test_a_repeat_changes_nothing(bench: Bench) -> None:
    history = (followed(0), contact(0, "Asia/Tokyo"), unfollowed(1), deleted(2), followed(3))
    bench.deliver(*history)
    before = bench.dump()
    bench.deliver(*history, *history)
    assert bench.dump() == before


def test_any_order_ends_in_the_same_rows(bench: Bench) -> None:
    history = (followed(0), unfollowed(1), followed(2, rules=[]), contact(0, "Asia/Tokyo"))
    dumps = set()
    for order in permutations(history):
        empty(bench)
        bench.deliver(*order)
        dumps.add(bench.dump())
    assert len(dumps) == 1
    assert '"state": "on"' in dumps.pop()


HISTORY = (
    followed(0),
    followed(0, key="the same again by hand"),
    unfollowed(0),
    followed(3, ticker="AMC"),
    unfollowed(4, ticker="AMC"),
    contact(1, "Asia/Tokyo"),
    contact(5, "Europe/Berlin"),
    deleted(2),
    followed(2, ticker="BB"),
    followed(2.5, ticker="TSLA"),
)


def test_a_history_with_repeats_and_a_departure_ends_in_the_same_rows_in_any_order(bench: Bench) -> None:
    dumps = set()

    @settings(max_examples=15, deadline=None, database=None)
    @given(order=st.permutations(HISTORY * 2))
    def any_order(order: list[Envelope]) -> None:
        empty(bench)
        assert bench.deliver(*order) == []
        dumps.add(bench.dump())
        assert len(dumps) == 1

    any_order()
    known = table(bench).contact("alice")
    assert known is not None
    assert known.time_zone == "Europe/Berlin"
    assert table(bench).followed("alice") == {"TSLA"}
    rows = {row["sk"] for row in bench.table("Subscriptions").scan()["Items"]}
    assert rows == {"GONE", "CONTACT", "FOLLOW#AMC", "FOLLOW#TSLA"}


def test_who_leaves_is_erased_everywhere_and_may_come_back(bench: Bench) -> None:
    inbox = InboxTable(bench.table("Inbox"))
    for user in ("alice", "bob"):
        inbox.put(an_alert(user_id=user))
    bench.deliver(followed(-1), contact(-1, "Asia/Tokyo"), followed(-1, user_id="bob"))
    bench.deliver(deleted(1))
    assert [follow.user_id for follow in table(bench).followers("GME")] == ["bob"]
    assert table(bench).contact("alice") is None
    assert [item["user_id"] for item in bench.table("Inbox").scan()["Items"]] == ["bob"]

    bench.deliver(followed(0.5))
    assert table(bench).followed("alice") == set()
    bench.deliver(followed(2))
    inbox.put(an_alert(notification_id="n-2", occurred_at=hours(3)))
    bench.deliver(deleted(1))
    assert table(bench).followed("alice") == {"GME"}
    assert len(bench.table("Inbox").scan()["Items"]) == 2


def test_evaluations_go_with_their_user(bench: Bench) -> None:
    kept = EvaluationsTable(bench.table("Evaluations"))
    held = HeldAlerts(bench.table("Evaluations"))
    place = Place("alice", "GME", "price_move@10", "up")
    claim = Claim(an_alert(), "event-1", NOON, loud=("2021-01-27", 5))
    assert kept.claim(claim, place, kept.fires(place)) == CLAIMED
    held.hold(Held(an_alert(), Later(("email",), hours(8)), NOON))
    bench.deliver(deleted(1))
    assert bench.table("Evaluations").scan()["Items"] == []
    assert held.take("alice", by="tick", before=hours(9)) == []


def test_what_was_written_while_its_user_left_goes_with_the_second_look(bench: Bench) -> None:
    bench.deliver(deleted(1))
    InboxTable(bench.table("Inbox")).put(an_alert(occurred_at=hours(2)))
    queue = sqs_backends[ACCOUNT][REGION].queues["follows"]
    [message] = queue._messages
    assert bench.deliver(message.body, message.body) == []
    assert bench.table("Inbox").scan()["Items"] == []
    assert len(queue._messages) == 1


def test_the_hundred_and_first_follow_is_kept_as_refused(bench: Bench) -> None:
    follows = [followed(0, ticker=f"T{number}") for number in range(101)]
    for batch in range(0, 101, 10):
        assert bench.deliver(*follows[batch : batch + 10]) == []
    assert len(table(bench).followed("alice")) == 100
    assert list(table(bench).followers("T100")) == []
    assert '"state": "refused"' in bench.dump()

    bench.deliver(unfollowed(1, ticker="T0"), followed(2, ticker="T100"))
    assert "T100" in table(bench).followed("alice")


def test_a_poison_message_hurts_only_itself(bench: Bench) -> None:
    bad_zone = contact(0, "Mars/Olympus_Mons")
    too_fine = followed(0, rules=[{"kind": "price_move", "threshold": "1e-300"}], ticker="AMC")
    assert bench.deliver("{", bad_zone, followed(0), too_fine) == [0, 1, 3]
    assert table(bench).followed("alice") == {"GME"}


def test_a_crash_between_marking_and_erasing_is_made_good_by_the_retry(bench: Bench) -> None:
    bench.deliver(followed(0))
    gone = {"pk": "USER#alice", "sk": "GONE", "version": "2021-01-27T19:00:00.000000Z"}
    bench.table("Subscriptions").put_item(Item=gone)
    bench.deliver(deleted(2))
    assert table(bench).followed("alice") == set()


def test_quiet_hours_said_on_a_channel_hold_until_the_app_says_otherwise(bench: Bench) -> None:
    table = SubscriptionsTable(bench.table("Subscriptions"))
    table.set_contact(a_contact(changed_at=NOON), "contact-1")
    night = QuietHours(start="22:00", end="07:00")
    said = PreferenceStatedV1(
        user_id="alice", wish="quiet", channel="telegram", quiet_hours=night, stated_at=hours(1)
    )
    assert bench.deliver(enveloped(said), enveloped(said)) == []
    contact = table.contact("alice")
    assert contact is not None
    assert contact.quiet_hours == night
    table.set_contact(a_contact(changed_at=hours(2)), "contact-2")
    contact = table.contact("alice")
    assert contact is not None
    assert contact.quiet_hours is None
    forged = enveloped(said).model_copy(update={"source": "tickertape.app"})
    assert bench.deliver(forged) == [0]
