"""Web push through pywebpush, against a push service of our own that can read what it is sent."""

import json
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from requests import Session
from requests.adapters import HTTPAdapter

from services.notifications.alerts import Held, Later
from services.notifications.browsers import Browser, browser_id
from services.notifications.channels import Delivered, Gone, Outcome, Refused, Wait
from services.notifications.following import Follow
from services.notifications.push import Push, PushUnanswered
from services.notifications.subscriptions import SubscriptionsTable
from services.notifications.taking_browsers import MOST
from services.notifications.wording import digest
from tests.bench import Bench
from tests.builders import NOON, an_alert, enveloped
from tests.integration.notifications import doors
from tests.integration.notifications.vendors import Answer, StandIn, answer, stand_in


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


OWN = ec.generate_private_key(ec.SECP256R1())
AUTH = b"0123456789abcdef"
POINT = OWN.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
VAPID = _text(ec.derive_private_key(7, ec.SECP256R1()).private_numbers().private_value.to_bytes(32))
ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


@dataclass
class Detour(HTTPAdapter):
    """Every connection ends at the stand-in, whatever address it was for; *asked* are those addresses."""

    to: str
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, request: Any, *args: Any, **wanted: Any) -> Any:
        self.asked.append(request.url)
        request.url = self.to + "/push"
        return super().send(request, *args, **wanted)


@pytest.fixture
def vendor() -> Iterator[StandIn]:
    with stand_in(answer(201)) as found:
        yield found


def push(vendor: StandIn, endpoint: str = ENDPOINT, *, keys: bool = True, **changes: Any) -> Outcome:
    secrets = {"vapid_private_key": VAPID, "vapid_subject": "mailto:us@example.com"} if keys else {}
    browser = Browser(endpoint, _text(POINT), _text(AUTH)).as_json()
    with Session() as session:
        session.mount("https://", detour := Detour(vendor.url))
        session.mount("http://", detour)
        return Push(secrets.get, session).send(browser, an_alert(**changes))


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_pruned_and_makes_room_for_another(vendor: StandIn, status: int) -> None:
    vendor.answers = [answer(201), answer(status)]
    secrets = {"vapid_private_key": VAPID, "vapid_subject": "mailto:us@example.com"}
    told = [Browser(f"{ENDPOINT}{n}", _text(POINT), _text(AUTH)) for n in range(MOST)]
    with (
        Bench("notifications", "deliver", ALERTS_QUEUE=f"{doors.QUEUE}alerts") as bench,
        Session() as session,
    ):
        session.mount("https://", Detour(vendor.url))
        sys.modules["services.notifications.handlers.deliver"].outbound.channels["push"] = Push(
            secrets.get, session
        )
        subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
        subscriptions.follow(Follow("alice", "GME", (), "follow-1"), at=NOON, admitted=True)
        for n, one in enumerate(told):
            at = NOON - timedelta(minutes=n)
            subscriptions.keep_browser("alice", browser_id(one.endpoint), one.as_json(), at=at)
        alert = enveloped(an_alert(channels=["push"]))
        assert bench.deliver(alert, alert) == []
        assert subscriptions.push_addresses("alice") == [told[0].as_json()]
        rows = bench.table("Subscriptions").scan()["Items"]
        assert [row["sk"] for row in rows if row["sk"].startswith("PUSH#")] == [
            f"PUSH#{browser_id(told[0].endpoint)}"
        ]
    assert len(vendor.asked) == MOST


def test_a_browser_that_subscribed_anew_since_is_not_pruned() -> None:
    old, new = (Browser(ENDPOINT, _text(POINT), _text(auth)) for auth in (AUTH, AUTH[::-1]))
    with Bench("notifications", "deliver") as bench:
        subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
        subscriptions.keep_browser("alice", browser_id(ENDPOINT), new.as_json(), at=NOON)
        subscriptions.prune_browser("alice", old.as_json())
        assert subscriptions.push_addresses("alice") == [new.as_json()]


def shown(vendor: StandIn) -> dict[str, Any]:
    raw = http_ece.decrypt(vendor.asked[-1].body, private_key=OWN, auth_secret=AUTH, version="aes128gcm")
    return dict(json.loads(raw))


def test_an_alert_reaches_the_browser_encrypted_and_signed(vendor: StandIn) -> None:
    assert push(vendor) == Delivered()
    assert shown(vendor)["title"] == "GME +134.8 %"
    assert shown(vendor)["tag"] == "n-1"
    headers = vendor.asked[0].headers
    assert headers["ttl"] == "86400"
    claims = headers["authorization"].split("t=")[1].split(",")[0].split(".")[1]
    assert json.loads(urlsafe_b64decode(claims + "==")) | {"exp": 0} == {
        "aud": "https://fcm.googleapis.com",
        "exp": 0,
        "sub": "mailto:us@example.com",
    }


def test_a_digest_is_a_few_titles_and_no_list_of_receipts(vendor: StandIn) -> None:
    held = [
        Held(an_alert(title=f"T{n} +1.0 %", notification_id=f"n-{n:020x}"), Later(("push",), NOON), NOON)
        for n in range(5)
    ]
    message = digest(held)
    push(vendor, title=message.title, body=message.body("n-1"), digest=True)
    assert shown(vendor)["title"] == "5 alerts that waited for you"
    assert shown(vendor)["body"] == "T0 +1.0 %\nT1 +1.0 %\nT2 +1.0 %\n…"


def test_the_longest_alert_is_within_4096_bytes(vendor: StandIn) -> None:
    push(vendor, title="€" * 200, body="€" * 3900 + "\n\nWhy: tape why n-1")
    assert len(vendor.asked[0].body) <= 4096
    assert shown(vendor)["body"].endswith("…")


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (answer(404), Gone("push: 404 Not Found")),
        (answer(410), Gone("push: 410 Gone")),
        (answer(413), Refused("push: 413 Request Entity Too Large")),
        (answer(429, Retry_After="120"), Wait(120, "push: 429 Too Many Requests")),
        (answer(503), Wait(60, "push: 503 Service Unavailable")),
        (answer(403), Refused("push: 403 Forbidden")),
    ],
    ids=["404", "410", "413", "429", "503", "403"],
)
def test_what_a_push_service_answers_is_understood(vendor: StandIn, told: Answer, outcome: Outcome) -> None:
    vendor.answers = [told]
    assert push(vendor) == outcome


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(vendor: StandIn, status: int) -> None:
    vendor.answers = [answer(status, Location=f"{vendor.url}/internal")]
    assert isinstance(push(vendor), Refused)
    assert [asked.path for asked in vendor.asked] == ["/push"]


@pytest.mark.parametrize("endpoint", ["http://fcm.googleapis.com/a", "https://169.254.169.254/latest"])
def test_what_was_stored_before_is_checked_again(vendor: StandIn, endpoint: str) -> None:
    assert isinstance(push(vendor, endpoint), Gone)
    assert vendor.asked == []


def test_a_peer_that_never_ends_is_given_up(vendor: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifications.push._WHOLE", 0.2)
    vendor.answers[0].drips = True
    with pytest.raises(PushUnanswered):
        push(vendor)


def test_without_keys_nothing_is_called(vendor: StandIn) -> None:
    assert isinstance(push(vendor, keys=False), Refused)
    assert vendor.asked == []
