"""Alerts on the embedded target: told once, stopped by an unfollow, and explained over HTTP and by `tape`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from contracts.events.app import TickerUnfollowedV1
from contracts.events.envelope import Event
from tests.builders import a_bar, a_contact, a_follow, a_quote, an_alert
from tests.e2e.conftest import TapeRun
from tests.eventually import eventually
from tools.tape.demo import mails
from tools.tape.platform import Platform

USER, TICKER = "erin", "NOK"
TIMES = 100


@pytest.fixture(scope="module")
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def url(platform: Platform, now: datetime) -> str:
    """The front, once Erin follows and can be mailed."""
    address = {"kind": "email", "address": "erin@example.com", "verified": True}
    rules = [{"kind": "price_move", "threshold": "10"}]
    before = now - timedelta(days=1)
    for event in (
        a_contact(user_id=USER, channels=[address], changed_at=before),
        a_follow(user_id=USER, ticker=TICKER, rules=rules, followed_at=before),
    ):
        platform.publish(event, key="alerting", at=before)
    platform.settle()
    found = platform.api_url()
    assert found is not None
    return found


def _say(platform: Platform, event: Event, key: str, at: datetime) -> None:
    platform.publish(event, key=key, at=at)


def _told(platform: Platform, notification_id: str) -> list[str]:
    found = [e for e in platform.journal() if e.data.get("notification_id") == notification_id]
    return sorted(f"{e.type} {e.subject}" for e in found if e.type != "AlertFired.v1")


def _mails_of(platform: Platform, notification_id: str) -> int:
    found = mails(platform)
    assert found is not None
    return sum(notification_id in mail.text for mail in found)


def test_an_alert_that_is_announced_a_hundred_times_at_once_is_one_mail(
    platform: Platform, url: str, now: datetime
) -> None:
    own = "n-hundredfold"
    body = f"It moved.\n\nWhy: tape why {own}"
    alert = an_alert(notification_id=own, user_id=USER, ticker=TICKER, body=body)
    for number in range(TIMES):
        _say(platform, alert, f"hundred/{number}", now)
    platform.settle()
    told = _told(platform, own)
    assert told == [f"NotificationSent.v1 {own}/email"] * TIMES + [f"NotificationSent.v1 {own}/inbox"] * TIMES
    assert _mails_of(platform, own) == 1


def test_a_silence_and_a_message_are_explained(
    platform: Platform, tape: TapeRun, url: str, now: datetime
) -> None:
    for minutes, change in ((10, "9.90"), (5, "12.00")):
        at = now - timedelta(minutes=minutes)
        _say(platform, a_quote(ticker=TICKER, as_of=at, change_pct=change), "alerting", at)
        platform.settle()
        asked: dict[str, str] = {"user": USER, "ticker": TICKER, "rule": "price_move"}
        answer: Any = requests.get(f"{url}/why-not", params=asked, timeout=30).json()
        expected = "missed by 0.1" if change == "9.90" else "fired"
        assert answer["answer"].startswith(expected), answer
    own = answer["evaluations"][0]["notification_id"]
    why: Any = requests.get(f"{url}/why/{own}", params={"user": USER}, timeout=30).json()
    assert (why["threshold"], why["figures"]["change_pct"]) == ("10", "12.00")
    assert requests.get(f"{url}/why/{own}", params={"user": "mallory"}, timeout=30).status_code == 404

    shown = tape("why-not", USER, TICKER, "price_move", "--json")
    assert json.loads(shown.stdout)["evaluations"] == answer["evaluations"]
    assert "fired" in tape("why-not", USER, TICKER, "price_move").stdout
    assert tape("why-not", USER, TICKER, "moonshot").returncode == 2
    assert eventually(lambda: _mails_of(platform, own)) == 1


def test_a_rule_is_tried_on_bars_that_were_heard(platform: Platform, url: str) -> None:
    for day in (25, 26, 27):
        bar = a_bar(ticker="NOKB", date=f"2021-01-{day}", change_pct="12.00" if day == 26 else "1.00")
        _say(platform, bar, "alerting", datetime(2021, 1, day, 22, tzinfo=UTC))
    platform.settle()
    rule = {"kind": "price_move", "threshold": "10"}
    body: Any = {"ticker": "NOKB", "rule": rule, "start": "2021-01-25", "end": "2021-01-27"}
    found: Any = requests.post(f"{url}/rules/backtest", json=body, timeout=30).json()
    assert (found["sessions"], found["fired"]) == (3, 1), found
    assert requests.post(f"{url}/rules/backtest", data="{", timeout=30).status_code == 400


def test_after_an_unfollow_what_is_under_way_is_not_told(platform: Platform, url: str, now: datetime) -> None:
    own = "n-underway"
    gone = TickerUnfollowedV1(user_id=USER, ticker=TICKER, unfollowed_at=now)
    _say(platform, gone, "alerting", now)
    platform.settle()
    _say(platform, an_alert(notification_id=own, user_id=USER, ticker=TICKER), "alerting", now)
    platform.settle()
    assert _told(platform, own) == [f"NotificationHeld.v1 {own}"]
    assert _mails_of(platform, own) == 0
