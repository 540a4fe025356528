"""What waited goes out as one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from contracts.events.app import ContactChangedV1
from contracts.events.arrivals import Due
from contracts.events.envelope import Event
from contracts.events.notifications import AlertFiredV1, NotificationHeldV1
from services.notifications.alerts import Held, Later
from services.notifications.releasing import release_held
from tests.builders import NOON, Said, an_alert, enveloped
from tests.unit.notifications.fakes import Subscribers, Waiting, a_night_sleeper, following

SEVEN = datetime(2021, 1, 28, 12, 0, tzinfo=UTC)
EMAIL = Later(("email",), SEVEN)


def held(number: int, *, user_id: str = "alice", ticker: str = "GME") -> Held:
    alert = an_alert(
        notification_id=f"n-{number}",
        user_id=user_id,
        ticker=ticker,
        channels=["inbox"],
        title=f"alert {number}",
        body=f"It moved.\n\nWhy: tape why n-{number}",
        occurred_at=NOON + timedelta(minutes=number),
        evidence=[f"follow-{ticker}", f"price-{number}", *(f"score-{number}-{n}" for n in range(20))],
    )
    return Held(alert, EMAIL, NOON)


def release(
    waiting: list[Held],
    *,
    at: datetime = SEVEN,
    gone: tuple[str, ...] = (),
    contact: ContactChangedV1 | None = None,
) -> list[Event]:
    due = Due(schedule="quarters", due_at=at)
    everyone = {(one.alert.user_id, str(one.alert.ticker)) for one in waiting}
    follows = [following(user_id=user, ticker=ticker) for user, ticker in everyone if ticker not in gone]
    said = Said(enveloped(due))
    subscribers = Subscribers(follows, {"alice": contact} if contact else {})
    release_held(due, said, held=Waiting(list(waiting)), subscriptions=subscribers)
    return said.events


def test_before_the_quiet_ends_nothing_goes() -> None:
    assert release([held(1)], at=SEVEN - timedelta(seconds=1)) == []


def test_three_alerts_of_a_night_are_one_mail_in_their_order() -> None:
    [digest] = release([held(3), held(1), held(2, ticker="AMC")])
    assert isinstance(digest, AlertFiredV1)
    assert digest.channels == ("email",)
    assert digest.ticker is None
    assert digest.title == "3 alerts that waited for you"
    assert [line[:7] for line in digest.body.splitlines()[:3]] == ["alert 1", "alert 2", "alert 3"]
    assert digest.body.endswith(f"Why: tape why {digest.notification_id}")
    assert digest.occurred_at == NOON + timedelta(minutes=3)


def test_one_alert_alone_keeps_its_words_under_a_name_of_its_own() -> None:
    [digest] = release([held(1)])
    assert isinstance(digest, AlertFiredV1)
    assert (digest.title, digest.ticker) == ("alert 1", "GME")
    assert digest.body == f"It moved.\n\nWhy: tape why {digest.notification_id}"
    assert digest.notification_id != "n-1"


def test_a_digest_names_what_led_to_each_of_its_alerts() -> None:
    [digest] = release([held(number) for number in range(5)])
    assert isinstance(digest, AlertFiredV1)
    assert len(digest.evidence) == 40
    assert digest.evidence[0] == "follow-GME"
    assert {f"price-{number}" for number in range(5)} <= set(digest.evidence)


def test_each_user_gets_a_digest_of_their_own() -> None:
    events = release([held(1), held(2, user_id="bob"), held(3)])
    assert [event.user_id for event in events if isinstance(event, AlertFiredV1)] == ["alice", "bob"]


def test_what_was_unfollowed_in_the_night_is_dropped_openly() -> None:
    dropped, digest = release([held(1, ticker="AMC"), held(2)], gone=("AMC",))
    assert isinstance(dropped, NotificationHeldV1)
    assert (dropped.notification_id, dropped.reason, dropped.until) == ("n-1", "no longer followed", None)
    assert isinstance(digest, AlertFiredV1)
    assert digest.title == "alert 2"


def test_the_same_tick_names_its_digest_the_same_and_another_tick_otherwise() -> None:
    first, again = release([held(1)]), release([held(1)])
    later = release([held(1)], at=SEVEN + timedelta(minutes=15))
    assert first == again
    assert first[0].subject != later[0].subject


def test_whose_quiet_hours_hold_now_keeps_everything_for_a_later_tick() -> None:
    sleeper = a_night_sleeper()
    assert release([held(1)], contact=sleeper, at=SEVEN) != []
    later = a_night_sleeper(quiet_hours={"start": "22:00", "end": "09:00"})
    assert release([held(1)], contact=later, at=SEVEN) == []


def test_what_was_muted_in_the_night_is_dropped_openly() -> None:
    muted = a_night_sleeper(mutes=[{"channel": "email", "rule": "price_move"}])
    [dropped] = release([held(1)], contact=muted)
    assert isinstance(dropped, NotificationHeldV1)
    assert dropped.reason == "email is muted"


def test_an_alert_that_waited_on_two_channels_is_told_once_on_both() -> None:
    twice = [replace(held(1), later=Later((kind,), SEVEN, "late")) for kind in ("email", "slack")]
    [digest] = release(twice)
    assert isinstance(digest, AlertFiredV1)
    assert (digest.title, digest.channels, digest.digest) == ("alert 1", ("email", "slack"), True)
    assert digest.reason == "late, alerts: 1"


def test_ten_thousand_alerts_of_an_outage_are_one_message_a_user() -> None:
    late = [
        replace(held(n), alert=an_alert(notification_id=f"n-{n}", user_id=f"u{n % 100}"))
        for n in range(10_000)
    ]
    told = release(late)
    assert len(told) == 100
    assert {event.title for event in told if isinstance(event, AlertFiredV1)} == {
        "100 alerts that waited for you"
    }
