"""ReleaseHeld through its real handler."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope
from services.notifications.alerts import Held, Later
from services.notifications.following import Follow
from services.notifications.held import HeldAlerts
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import Bench, BusDown
from tests.builders import NOON, an_alert

SEVEN = datetime(2021, 1, 28, 12, 0, tzinfo=UTC)
TICK = Due(schedule="tickertape-notifications-quarters", due_at=SEVEN)
NEXT = Due(schedule="tickertape-notifications-quarters", due_at=SEVEN + timedelta(minutes=15))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("notifications", "release_held") as bench:
        for user in ("alice", "bob"):
            follow = Follow(user, "GME", (), f"follow-{user}")
            SubscriptionsTable(bench.table("Subscriptions")).follow(follow, at=NOON, admitted=True)
        yield bench


def hold(bench: Bench, number: int, user_id: str = "alice", until: datetime = SEVEN) -> None:
    alert = an_alert(
        notification_id=f"n-{number}", user_id=user_id, title=f"alert {number}", channels=["inbox"]
    )
    HeldAlerts(bench.table("Evaluations")).hold(Held(alert, Later(("email",), until), NOON))


def digests(bench: Bench) -> list[Envelope]:
    return [envelope for envelope in bench.announced() if envelope.type == "AlertFired.v1"]


def test_one_digest_a_user_goes_out_when_the_quiet_ends(bench: Bench) -> None:
    for number, user in enumerate(("alice", "bob", "alice", "alice")):
        hold(bench, number, user)
    hold(bench, 9, until=SEVEN + timedelta(minutes=15))
    assert bench.deliver(TICK) == []
    alice, bob = digests(bench)
    assert alice.data["title"] == "3 alerts that waited for you"
    assert bob.data["title"] == "alert 1"
    assert alice.data["channels"] == bob.data["channels"] == ["email"]


def test_before_their_time_alerts_stay(bench: Bench) -> None:
    hold(bench, 1, until=SEVEN + timedelta(seconds=1))
    bench.deliver(TICK)
    assert digests(bench) == []
    bench.deliver(NEXT)
    assert len(digests(bench)) == 1


def test_a_repeated_tick_says_the_same_again_and_changes_nothing(bench: Bench) -> None:
    hold(bench, 1)
    bench.deliver(TICK)
    before = bench.dump()
    bench.deliver(TICK)
    bench.deliver(TICK, TICK)
    assert bench.dump() == before
    first, *repeats = digests(bench)
    assert repeats == [first, first]


def test_the_next_tick_does_not_tell_again(bench: Bench) -> None:
    hold(bench, 1)
    bench.deliver(TICK, NEXT)
    assert len(digests(bench)) == 1


def test_ticks_in_the_wrong_order_tell_once(bench: Bench) -> None:
    hold(bench, 1)
    bench.deliver(NEXT, TICK)
    assert len(digests(bench)) == 1


class Overtaken:
    """The evaluations table, where another tick takes what was found before it can be moved."""

    def __init__(self, table: Any) -> None:
        self._table, self.name, self.meta = table, table.name, table.meta

    def query(self, **wanted: Any) -> Any:
        found = self._table.query(**wanted)
        HeldAlerts(self._table).take("alice", by="faster", before=SEVEN)
        return found


def test_of_two_ticks_at_once_one_takes_all_of_a_users_alerts(bench: Bench) -> None:
    for number in range(3):
        hold(bench, number)
    overtaken: Any = Overtaken(bench.table("Evaluations"))
    assert HeldAlerts(overtaken).take("alice", by="slower", before=SEVEN) == []
    assert len(HeldAlerts(bench.table("Evaluations")).taken(by="faster")) == 3


def test_what_one_tick_holds_in_part_another_leaves_alone(bench: Bench) -> None:
    """Both saw three alerts; the faster has two of them already."""
    for number in range(3):
        hold(bench, number)
    rows = bench.table("Evaluations").scan()["Items"]
    table = bench.table("Evaluations")

    class Stale(Overtaken):
        def query(self, **wanted: Any) -> Any:
            return {"Items": rows}

    for row in rows[:2]:
        table.put_item(Item=row | {"held_as": "TICK#faster"})
    assert HeldAlerts(Stale(table)).take("alice", by="slower", before=SEVEN) == []  # type: ignore[arg-type]
    assert [held.alert.title for held in HeldAlerts(table).take("alice", by="next", before=SEVEN)] == [
        rows[2]["sk"].split("#")[2].replace("n-", "alert ")
    ]


def test_more_than_a_hundred_alerts_of_a_user_are_one_digest(bench: Bench) -> None:
    for number in range(101):
        hold(bench, number)
    bench.deliver(TICK)
    [digest] = digests(bench)
    assert digest.data["title"] == "101 alerts that waited for you"


def test_a_crash_after_taking_loses_nothing(bench: Bench) -> None:
    hold(bench, 1)
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(TICK)
    bench.deliver(NEXT)
    assert digests(bench) == []
    bench.deliver(TICK)
    assert len(digests(bench)) == 1


def test_what_comes_late_to_the_same_night_goes_with_the_next_tick_under_another_name(bench: Bench) -> None:
    hold(bench, 1)
    bench.deliver(TICK)
    hold(bench, 2)
    bench.deliver(NEXT)
    first, second = digests(bench)
    assert first.subject != second.subject
    assert second.data["title"] == "alert 2"


def test_holding_again_what_was_released_holds_nothing(bench: Bench) -> None:
    hold(bench, 1)
    bench.deliver(TICK)
    hold(bench, 1)
    bench.deliver(NEXT)
    assert len(digests(bench)) == 1


def test_a_poison_message_hurts_only_itself(bench: Bench) -> None:
    hold(bench, 1)
    assert bench.deliver("{}", TICK, '{"due_at": "soon"}') == [0, 2]
    assert len(digests(bench)) == 1
