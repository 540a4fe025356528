"""KeepWatchers through its real handler: any order and any repeats end in the same rows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events.app import (
    TickerUnfollowedV1,
    UserDeletedV1,
    WatchlistItemAddedV1,
    WatchlistItemRemovedV1,
)
from contracts.events.envelope import Envelope
from services.summaries.briefings import BriefingsBucket
from services.summaries.preparing import Outcome
from services.summaries.watchers import WatchersTable
from tests.bench import Bench
from tests.builders import NOON, a_briefing, a_contact, a_follow, enveloped

DAY = date(2021, 1, 27)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("summaries", "keep_watchers") as bench:
        yield bench


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


def added(at: float, ticker: str = "GME", *, click: int = 0) -> Envelope:
    event = WatchlistItemAddedV1(user_id="alice", ticker=ticker, added_at=hours(at))
    return enveloped(event, key=f"added/{at}/{ticker}/{click}")


def removed(at: float, ticker: str = "GME") -> Envelope:
    event = WatchlistItemRemovedV1(user_id="alice", ticker=ticker, removed_at=hours(at))
    return enveloped(event, key=f"removed/{at}")


def followed(at: float, ticker: str = "GME") -> Envelope:
    return enveloped(a_follow(ticker=ticker, followed_at=hours(at)), key=f"follow/{at}/{ticker}")


def unfollowed(at: float, ticker: str = "GME") -> Envelope:
    event = TickerUnfollowedV1(user_id="alice", ticker=ticker, unfollowed_at=hours(at))
    return enveloped(event, key=f"unfollow/{at}")


def contact(at: float, zone: str = "America/New_York", **changes: Any) -> Envelope:
    event = a_contact(changed_at=hours(at), time_zone=zone, **changes)
    return enveloped(event, key=f"contact/{at}/{changes}")


def deleted(at: float) -> Envelope:
    return enveloped(UserDeletedV1(user_id="alice", deleted_at=hours(at)), key=f"gone/{at}")


def table(bench: Bench) -> WatchersTable:
    return WatchersTable(bench.table("Watchers"))


def watched(bench: Bench) -> set[str] | None:
    reader = table(bench).reader("alice")
    return set(reader.watched) if reader else None


def empty(bench: Bench) -> None:
    for item in bench.table("Watchers").scan()["Items"]:
        bench.table("Watchers").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def test_who_watches_what_in_either_way_is_known(bench: Bench) -> None:
    assert bench.deliver(added(0), followed(0, "AMC"), contact(0, "Europe/Berlin")) == []
    reader = table(bench).reader("alice")
    assert reader is not None
    assert (set(reader.watched), reader.time_zone) == ({"GME", "AMC"}, "Europe/Berlin")
    assert list(table(bench).readers()) == ["alice"]
    assert bench.announced() == []


def test_each_way_of_watching_ends_on_its_own(bench: Bench) -> None:
    bench.deliver(contact(0), added(0), followed(0), removed(1))
    assert watched(bench) == {"GME"}
    bench.deliver(unfollowed(1))
    assert watched(bench) == set()


@pytest.mark.parametrize("removed_first", [True, False])
def test_of_an_adding_and_a_removal_at_the_same_moment_the_removal_stands(
    bench: Bench, removed_first: bool
) -> None:
    both = [removed(0), *(added(0, click=click) for click in range(6))]
    bench.deliver(contact(0), *(both if removed_first else reversed(both)))
    assert watched(bench) == set()


@pytest.mark.parametrize(
    "channels",
    [
        [{"kind": "inbox", "verified": True}],
        [{"kind": "email", "address": "alice@example.com", "verified": False}],
        [{"kind": "email", "verified": True}],
        [],
    ],
    ids=["inbox only", "not verified", "no address", "nothing"],
)
def test_without_a_verified_address_nobody_is_a_reader(bench: Bench, channels: list[dict[str, Any]]) -> None:
    bench.deliver(added(0), contact(0), contact(1, channels=channels))
    assert watched(bench) is None
    assert list(table(bench).readers()) == []


def test_no_address_is_kept(bench: Bench) -> None:
    bench.deliver(contact(0))
    assert "example.com" not in bench.dump()


def test_a_zone_that_is_none_fails_alone(bench: Bench) -> None:
    assert bench.deliver(contact(0, "Mars/Olympus_Mons"), added(0), contact(1)) == [0]
    assert watched(bench) == {"GME"}


def test_an_unreadable_message_fails_alone(bench: Bench) -> None:
    assert bench.deliver("nothing", added(0), contact(0)) == [0]
    assert watched(bench) == {"GME"}


def test_a_crash_before_the_write_is_made_good_by_the_retry(bench: Bench) -> None:
    with bench.refuse("TransactWriteItems"):
        assert bench.deliver(added(0), contact(0)) == [0, 1]
    assert bench.deliver(added(0), contact(0)) == []
    assert watched(bench) == {"GME"}


def test_any_order_ends_in_the_same_rows(bench: Bench) -> None:
    dumps = set()
    for order in permutations((added(0), removed(0), added(1, "AMC"), contact(1, "Asia/Tokyo"))):
        empty(bench)
        bench.deliver(*order)
        dumps.add(bench.dump())
        assert watched(bench) == {"AMC"}
    assert len(dumps) == 1


HISTORY = (
    *(added(0), removed(0), followed(0), added(3, "AMC"), removed(4, "AMC"), unfollowed(0.5)),
    *(contact(1, "Asia/Tokyo"), contact(5, "Europe/Berlin"), deleted(2)),
    *(added(2, "BB"), added(2.5, "TSLA"), followed(1.5, "NOK"), followed(6, "NOK")),
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
    reader = table(bench).reader("alice")
    assert reader is not None
    assert (set(reader.watched), reader.time_zone) == ({"TSLA", "NOK"}, "Europe/Berlin")


def a_written_briefing(bench: Bench, day: date = DAY) -> None:
    watchers = table(bench)
    reader = watchers.reader("alice")
    assert reader is not None
    watchers.keep_outcome(reader, day, "daily", Outcome("summary-1", reader.time_zone, a_briefing(date=day)))
    bucket = bench.bucket()
    BriefingsBucket(bucket.meta.client, bucket.name).put("alice", day, "daily", text="text", html="html")


def test_who_leaves_takes_rows_and_objects_along(bench: Bench) -> None:
    bench.deliver(added(0), contact(0))
    for day in (DAY, date(2021, 1, 28)):
        a_written_briefing(bench, day)
    assert len(list(bench.bucket().objects.all())) == 4

    assert bench.deliver(deleted(1)) == []
    assert list(bench.bucket().objects.all()) == []
    (mark,) = bench.table("Watchers").scan()["Items"]
    assert mark["sk"] == "GONE"


def test_a_departure_that_dies_halfway_is_finished_by_the_retry(bench: Bench) -> None:
    for operation in ("DeleteObject", "DeleteItem"):
        empty(bench)
        bench.deliver(added(0), contact(0))
        a_written_briefing(bench)
        with bench.refuse(operation):
            assert bench.deliver(deleted(1)) == [0]
        assert bench.deliver(deleted(1)) == []
        assert list(bench.bucket().objects.all()) == []
        assert [item["sk"] for item in bench.table("Watchers").scan()["Items"]] == ["GONE"]


def test_who_came_back_keeps_what_is_of_their_new_time(bench: Bench) -> None:
    bench.deliver(contact(2), added(2))
    a_written_briefing(bench)
    bench.deliver(deleted(1))

    assert watched(bench) == {"GME"}
    assert len(list(bench.bucket().objects.all())) == 2


def test_after_a_departure_no_outcome_is_written_for_the_reader_of_before(bench: Bench) -> None:
    bench.deliver(contact(0))
    before = table(bench).reader("alice")
    assert before is not None
    assert not table(bench).has_left(before)
    table(bench).leave("alice", at=hours(0))

    assert table(bench).has_left(before)
    with pytest.raises(Exception, match="TransactionCanceled"):
        table(bench).keep_outcome(before, DAY, "daily", Outcome("summary-1", before.time_zone, a_briefing()))


def test_readers_are_found_in_every_partition(bench: Bench) -> None:
    names = {f"reader-{number}" for number in range(40)}
    for name in names:
        table(bench).set_contact(name, "UTC", "contact-1", by_mail=True, at=datetime(2021, 1, 20, tzinfo=UTC))
    assert set(table(bench).readers()) == names
    assert len({item["reads_as"] for item in bench.table("Watchers").scan()["Items"]}) > 1


def test_how_often_a_reader_wants_mail_is_kept_and_who_wants_none_is_no_reader(bench: Bench) -> None:
    for wanted, found in ((None, "daily"), ("weekly", "weekly"), ("both", "both")):
        empty(bench)
        bench.deliver(enveloped(a_contact(mail_cadence=wanted)))
        reader = table(bench).reader("alice")
        assert reader is not None
        assert reader.cadence == found
    empty(bench)
    bench.deliver(enveloped(a_contact(mail_cadence="never")))
    assert list(table(bench).readers()) == []


def test_who_leaves_takes_previews_along(bench: Bench) -> None:
    bench.deliver(contact(0))
    reader = table(bench).reader("alice")
    assert reader is not None
    table(bench).note_preview(reader, DAY)
    bucket = bench.bucket()
    BriefingsBucket(bucket.meta.client, bucket.name).put("alice", DAY, "preview", text="t", html="h")
    bench.deliver(deleted(1))
    assert list(bucket.objects.all()) == []
