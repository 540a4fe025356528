"""An alert on its last step to its user."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from contracts.events.app import ContactChangedV1
from contracts.events.envelope import Event
from contracts.events.notifications import (
    AlertFiredV1,
    NotificationFailedV1,
    NotificationHeldV1,
    NotificationSentV1,
)
from services.notifications.delivering import MailRefused, deliver
from tests.builders import Said, a_contact, an_alert, enveloped
from tests.unit.notifications.fakes import Subscribers, following


class Unreachable(Exception):
    """Stands for throttling and outages."""


@dataclass
class World:
    """A mailbox, an inbox and a ledger that remembers what did not raise."""

    mails: list[tuple[str, str]] = field(default_factory=list)
    inbox: dict[str, AlertFiredV1] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    trouble: Exception | None = None

    def put(self, alert: AlertFiredV1) -> None:
        self.inbox.setdefault(alert.notification_id, alert)

    def send(self, address: str, alert: AlertFiredV1) -> None:
        if self.trouble:
            raise self.trouble
        self.mails.append((address, alert.title))

    def once(self, key: str, act: Callable[[], None]) -> None:
        if key not in self.done:
            act()
            self.done.add(key)


def tell(
    world: World, alert: AlertFiredV1, contact: ContactChangedV1 | None = None, *, follows: bool = True
) -> list[Event]:
    said = Said(enveloped(alert))
    subscribers = Subscribers([following()] if follows else [], {"alice": contact or a_contact()})
    deliver(alert, said, subscriptions=subscribers, inbox=world, send=world.send, once=world.once)
    return said.events


def test_an_alert_reaches_the_inbox_and_the_mailbox_and_each_is_announced() -> None:
    world, alert = World(), an_alert()
    sent = tell(world, alert)
    assert world.mails == [("alice@example.com", "GME +134.8 %")]
    assert world.inbox == {"n-1": alert}
    assert all(isinstance(event, NotificationSentV1) for event in sent)
    assert [event.subject for event in sent] == ["n-1/inbox", "n-1/email"]


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
    [failed] = tell(World(), an_alert(channels=["telegram"]))
    assert isinstance(failed, NotificationFailedV1)
    assert failed.reason == "telegram is not offered"


def test_a_refusal_for_good_is_told_and_not_remembered_as_done() -> None:
    world = World(trouble=MailRefused("SES: " + "x" * 500))
    _, failed = tell(world, an_alert())
    assert isinstance(failed, NotificationFailedV1)
    assert failed.reason.startswith("SES: x")
    assert len(failed.reason) == 400
    assert world.done == set()


def test_an_outage_rises_so_that_the_queue_tries_again() -> None:
    world = World(trouble=Unreachable())
    with pytest.raises(Unreachable):
        tell(world, an_alert())
    world.trouble = None
    assert len(tell(world, an_alert())) == 2
    assert len(world.mails) == len(world.inbox) == 1
