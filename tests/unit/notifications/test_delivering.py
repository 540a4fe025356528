"""An alert on its last step to its user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from contracts.events.app import ContactChangedV1
from contracts.events.envelope import Envelope, Event
from contracts.events.notifications import (
    AlertFiredV1,
    NotificationFailedV1,
    NotificationHeldV1,
    NotificationSentV1,
)
from services.notifications.alerts import Held
from services.notifications.channels import Delivered, Gone, Outcome, Refused, Wait, address_key
from services.notifications.delivering import MAX_WAITS, InHand, Outbound, deliver
from services.notifications.pacing import Pace
from tests.builders import NOON, Said, a_contact, an_alert, enveloped
from tests.unit.notifications.fakes import Subscribers, following

LINKED = {"kind": "telegram", "address": "42", "verified": True}


class Unreachable(Exception):
    """Stands for throttling and outages."""


@dataclass
class World:
    """Channels that answer as told, an inbox, dead addresses, and a ledger."""

    mails: list[tuple[str, str]] = field(default_factory=list)
    inbox: dict[str, AlertFiredV1] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    dead: dict[str, str] = field(default_factory=dict)
    waiting: list[tuple[Envelope, int]] = field(default_factory=list)
    trouble: Exception | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    free_at: datetime | None = None
    lanes: list[tuple[str, datetime | None]] = field(default_factory=list)
    paused: dict[str, datetime] = field(default_factory=dict)
    later: list[Held] = field(default_factory=list)
    pruned: list[tuple[str, str]] = field(default_factory=list)

    def put(self, alert: AlertFiredV1) -> None:
        self.inbox.setdefault(alert.notification_id, alert)

    def send(self, address: str, alert: AlertFiredV1) -> Outcome:
        if self.trouble:
            raise self.trouble
        outcome = self.outcomes.get(address, Delivered("m-1"))
        if isinstance(outcome, Delivered):
            self.mails.append((address, alert.title))
        return outcome

    def knows(self, key: str) -> bool:
        return key in self.done

    def slot(
        self, lane: str, *, spacing: timedelta, now: datetime, reserved: datetime | None
    ) -> datetime | None:
        self.lanes.append((lane, reserved))
        return self.free_at

    def pause(self, lane: str, *, until: datetime) -> None:
        self.paused[lane] = until

    def hold(self, held: Held) -> None:
        self.later.append(held)

    def once(self, key: str, act: Callable[[], str]) -> str:
        if key not in self.done:
            self.done[key] = act()
        return self.done[key]

    def remember(self, alert: AlertFiredV1, kind: str, receipt: str) -> None:
        self.told.append((kind, receipt))

    def why_dead(self, key: str, contact: ContactChangedV1 | None) -> str | None:
        return self.dead.get(key)

    def bury(self, key: str, why: str) -> None:
        self.dead[key] = why

    def postpone(self, event: Envelope, seconds: int) -> None:
        self.waiting.append((event, seconds))


def tell(
    world: World,
    alert: AlertFiredV1,
    contact: ContactChangedV1 | None = None,
    *,
    follows: bool = True,
    cause: Envelope | None = None,
    browsers: tuple[str, ...] = (),
    age: timedelta = timedelta(minutes=1),
) -> list[Event]:
    said = Said(cause or enveloped(alert))
    subscribers = Subscribers(
        [following()] if follows else [],
        {"alice": contact or a_contact()},
        {"alice": list(browsers)},
        world.pruned,
    )
    outbound = Outbound(
        subscriptions=subscribers,
        inbox=world,
        channels=dict.fromkeys(("email", "slack", "push"), world),
        addresses=world,
        ledger=world,
        lanes=world,
        paces={"email": Pace(timedelta(seconds=1), one_lane=True), "slack": Pace(timedelta(seconds=1))},
        held=world,
        postpone=world.postpone,
        now=lambda: NOON + age,
    )
    deliver(alert, said, outbound=outbound)
    return said.events


def test_an_alert_reaches_the_inbox_and_the_mailbox_and_each_is_announced() -> None:
    world, alert = World(), an_alert()
    sent = tell(world, alert)
    assert world.mails == [("alice@example.com", "GME +134.8 %")]
    assert world.inbox == {"n-1": alert}
    assert all(isinstance(event, NotificationSentV1) for event in sent)
    assert [event.subject for event in sent] == ["n-1/inbox", "n-1/email"]
    assert world.told == [("email", "m-1")]  # to be found again when the price is corrected


def test_a_repeat_announces_again_but_tells_once() -> None:
    world = World()
    first = tell(world, an_alert())
    assert tell(world, an_alert()) == first
    assert len(world.mails) == 1


def test_who_unfollowed_meanwhile_is_not_told() -> None:
    world = World()
    [held] = tell(world, an_alert(), follows=False)
    assert isinstance(held, NotificationHeldV1)
    assert (held.reason, held.until) == ("no longer followed", None)
    assert (world.mails, world.inbox) == ([], {})


def test_the_day_goes_to_whoever_still_follows_anything() -> None:
    assert len(tell(World(), an_alert(ticker=None, rule="daily_summary"))) == 2
    [held] = tell(World(), an_alert(ticker=None, rule="daily_summary"), follows=False)
    assert isinstance(held, NotificationHeldV1)


@pytest.mark.parametrize(
    "channels",
    [
        [],
        [{"kind": "email", "address": "alice@example.com", "verified": False}],
        [{"kind": "email", "verified": True}],
        [{"kind": "slack", "address": "alice@example.com", "verified": True}],
    ],
)
def test_without_a_verified_address_mail_fails_openly_and_the_inbox_has_it(
    channels: list[dict[str, object]],
) -> None:
    world = World()
    sent, failed = tell(world, an_alert(), a_contact(channels=channels))
    assert isinstance(sent, NotificationSentV1)
    assert isinstance(failed, NotificationFailedV1)
    assert (failed.channel, failed.reason) == ("email", "no verified address")
    assert world.mails == []


def test_the_first_verified_address_is_taken() -> None:
    channels = [
        {"kind": "email", "address": "old@example.com", "verified": False},
        {"kind": "email", "address": "new@example.com", "verified": True},
    ]
    world = World()
    tell(world, an_alert(), a_contact(channels=channels))
    assert [address for address, _ in world.mails] == ["new@example.com"]


def test_a_channel_we_do_not_offer_fails_openly() -> None:
    [failed] = tell(World(), an_alert(channels=["telegram"]), a_contact(channels=[LINKED]))
    assert isinstance(failed, NotificationFailedV1)
    assert failed.reason == "telegram is not offered"


def test_a_refusal_for_good_is_told_and_not_remembered_as_done() -> None:
    world = World(outcomes={"alice@example.com": Refused("SES: " + "x" * 500)})
    _, failed = tell(world, an_alert())
    assert isinstance(failed, NotificationFailedV1)
    assert failed.reason.startswith("SES: x")
    assert len(failed.reason) == 400
    assert world.done == {}


def test_an_address_that_is_gone_is_never_tried_again() -> None:
    world = World(outcomes={"alice@example.com": Gone("no such mailbox")})
    assert [event.subject for event in tell(world, an_alert())] == ["n-1/inbox", "n-1/email"]
    world.outcomes = {}
    _, failed = tell(world, an_alert(notification_id="n-2"))
    assert isinstance(failed, NotificationFailedV1)
    assert failed.reason == "no such mailbox"
    assert world.mails == []


def test_what_is_to_wait_comes_back_for_its_channel_alone_and_says_nothing_yet() -> None:
    world = World(outcomes={"alice@example.com": Wait(30, "slow down")})
    assert [event.subject for event in tell(world, an_alert())] == ["n-1/inbox"]
    [(later, seconds)] = world.waiting
    assert (seconds, later.data["channels"], later.data["waited"]) == (30, ["email"], 1)
    assert later.id == enveloped(an_alert()).id
    world.outcomes = {}
    again = AlertFiredV1.read(later.data)
    assert [event.subject for event in tell(world, again, cause=later)] == ["n-1/email"]
    assert len(world.mails) == 1


def test_a_channel_that_always_wants_to_wait_is_given_up_openly() -> None:
    world = World(outcomes={"alice@example.com": Wait(30, "slow down")})
    alert = an_alert(channels=["email"])
    cause = enveloped(alert)
    for _ in range(MAX_WAITS):
        assert tell(world, alert, cause=cause) == []
        cause = world.waiting[-1][0]
    [failed] = tell(world, alert, cause=cause)
    assert isinstance(failed, NotificationFailedV1)
    assert failed.reason == f"gave up after {MAX_WAITS} waits: slow down"
    assert len(world.waiting) == MAX_WAITS


def test_a_push_goes_to_every_browser_and_one_that_took_it_is_enough() -> None:
    world = World(outcomes={"old": Gone("410"), "busy": Wait(5, "later")})
    alert = an_alert(channels=["push"])
    [sent] = tell(world, alert, browsers=("new", "busy", "old"))
    assert isinstance(sent, NotificationSentV1)
    assert [address for address, _ in world.mails] == ["new"]
    assert world.dead == {address_key("push", "old"): "410"}
    assert world.pruned == [("alice", "old")]
    tell(world, alert, browsers=("new", "busy", "old"), cause=world.waiting[0][0])
    assert [address for address, _ in world.mails] == ["new"]


def test_an_outage_rises_so_that_the_queue_tries_again() -> None:
    world = World(trouble=Unreachable())
    with pytest.raises(Unreachable):
        tell(world, an_alert())
    world.trouble = None
    assert len(tell(world, an_alert())) == 2
    assert len(world.mails) == len(world.inbox) == 1


@pytest.mark.parametrize(
    "mute", [{"channel": "email"}, {"rule": "price_move"}, {"channel": "email", "rule": "price_move"}, {}]
)
def test_a_mute_stops_what_is_under_way(mute: dict[str, str]) -> None:
    world = World()
    *_, held = tell(world, an_alert(), a_contact(mutes=[mute]))
    assert isinstance(held, NotificationHeldV1)
    assert "email is muted" in held.reason
    assert world.mails == []
    assert bool(world.inbox) == ("channel" in mute)


@pytest.mark.parametrize("mute", [{"channel": "slack"}, {"rule": "mention_surge"}])
def test_a_mute_of_something_else_does_not(mute: dict[str, str]) -> None:
    assert len(tell(world := World(), an_alert(), a_contact(mutes=[mute]))) == 2
    assert len(world.mails) == 1


def test_a_digest_is_muted_with_its_channel_alone() -> None:
    world, digest = World(), an_alert(digest=True, channels=["email"])
    tell(world, digest, a_contact(mutes=[{"rule": "price_move"}]))
    assert len(world.mails) == 1


def test_who_has_to_wait_for_a_turn_brings_the_moment_along_that_was_set_aside() -> None:
    world, alert = World(free_at=NOON + timedelta(minutes=1, seconds=7)), an_alert(channels=["email"])
    assert tell(world, alert) == []
    [(later, seconds)] = world.waiting
    assert (seconds, later.data["not_before"]) == (7, "2021-01-27T17:01:07Z")
    world.free_at = None
    tell(world, alert, cause=later)
    assert [reserved for _, reserved in world.lanes] == [None, NOON + timedelta(minutes=1, seconds=7)]
    assert len(world.mails) == 1


def test_a_channel_that_wants_to_wait_is_left_alone_by_all_on_its_lane() -> None:
    world = World(outcomes={"alice@example.com": Wait(30, "slow down")})
    tell(world, an_alert(channels=["email"]))
    assert world.paused == {"email": NOON + timedelta(seconds=90)}
    # The moment it had is gone; it asks for another when it comes again.
    assert world.waiting[0][0].data["not_before"] is None


def test_a_lane_is_the_whole_channel_or_one_address_of_it() -> None:
    slack = {"kind": "slack", "address": "C1", "verified": True}
    world, contact = World(), a_contact(channels=[*a_contact().model_dump()["channels"], slack])
    tell(world, an_alert(channels=["email", "slack"]), contact)
    assert [lane for lane, _ in world.lanes] == ["email", "slack/C1"]


@dataclass
class Busy(World):
    """A ledger whose entry another worker holds."""

    def once(self, key: str, act: Callable[[], str]) -> str:
        raise InHand(11.2)


def test_what_another_worker_has_in_hand_comes_again_without_an_error() -> None:
    world = Busy()
    assert tell(world, an_alert(channels=["email"])) == []
    assert [seconds for _, seconds in world.waiting] == [12]


def test_an_alert_over_a_quarter_of_an_hour_late_is_in_the_inbox_and_waits_for_the_digest() -> None:
    world = World()
    sent, held = tell(world, an_alert(), age=timedelta(minutes=16))
    assert (sent.subject, list(world.inbox)) == ("n-1/inbox", ["n-1"])
    assert isinstance(held, NotificationHeldV1)
    assert world.mails == []
    [waiting] = world.later
    assert (waiting.later.channels, waiting.later.until) == (("email",), NOON)


@pytest.mark.parametrize("age", [timedelta(minutes=15), timedelta(minutes=-5), timedelta(days=2000)])
def test_news_and_recorded_days_go_out_at_once(age: timedelta) -> None:
    world = World()
    tell(world, an_alert(), age=age)
    assert len(world.mails) == 1


def test_a_late_digest_is_not_held_again() -> None:
    world = World()
    tell(world, an_alert(digest=True, channels=["email"]), age=timedelta(hours=3))
    assert len(world.mails) == 1


def test_what_was_told_in_time_and_comes_again_late_is_not_told_with_the_digest_too() -> None:
    world = World()
    first = tell(world, an_alert())
    assert tell(world, an_alert(), age=timedelta(hours=3)) == first
    assert world.later == []
