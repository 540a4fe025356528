"""TakeRequests through its real handler: what is taken, and everything that is not."""

import json
import random
import string
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, Name, NameAttribute, random_serial_number
from cryptography.x509.oid import NameOID

from services.notifications.channels import address_key
from services.notifications.signing import signed
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import Bench
from tests.integration.notifications import doors
from tests.integration.notifications.doors import report, request, slack, standard

TOPIC = "arn:aws:sns:us-east-1:123456789012:tickertape-mail-news"
CERTIFICATE = f"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{'0' * 32}.pem"
QUEUES = ("feedback_queue", "reports_queue", "updates_queue")
TELEGRAM_SECRET = "what the bot was registered with"  # noqa: S105
TELEGRAM_HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {
    "update_id": 7,
    "message": {"chat": {"id": 9}, "from": {"is_bot": False}, "text": "/help", "date": 1_611_766_800},
}
KEYS = {
    "telegram_secret": TELEGRAM_SECRET,
    "signing_key": doors.SIGNING_KEY,
    "relay_secrets": f"{doors.RELAY_KEY} whsec_b2xkIGtleSwgc3RpbGwgdmFsaWQ=",
    "slack_signing_secret": doors.SLACK_KEY,
    "vapid_public_key": "BPublic",
}
TRICKS = [
    json.loads(line) for line in (Path(__file__).parent / "push_tricks.jsonl").read_text("utf-8").splitlines()
]
GOOD: dict[str, Any] = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/abc:def",
    "expirationTime": None,
    "keys": {
        "p256dh": "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        "auth": "AAECAwQFBgcICQoLDA0ODw",
    },
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    queues = {name.upper(): f"{doors.QUEUE}{name}" for name in QUEUES}
    with Bench(
        "notifications", "take_requests", KEYS_PARAMETER="/keys", FEEDBACK_TOPIC=TOPIC, **queues
    ) as bench:
        for name in QUEUES:
            boto3.client("sqs").create_queue(QueueName=name)
        boto3.client("ssm").put_parameter(Name="/keys", Value=json.dumps(KEYS), Type="SecureString")
        yield bench


def queued(name: str) -> list[dict[str, Any]]:
    client, found = boto3.client("sqs"), []
    while messages := client.receive_message(QueueUrl=doors.QUEUE + name, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        for message in messages:
            found.append(json.loads(message["Body"])["detail"])
            client.delete_message(QueueUrl=doors.QUEUE + name, ReceiptHandle=message["ReceiptHandle"])
    return found


def status(bench: Bench, sent: dict[str, Any]) -> int:
    answer = bench.call(sent)
    if answer["statusCode"] >= 400:
        assert answer["headers"]["Content-Type"] == "application/problem+json"
        assert json.loads(answer["body"])["detail"]
    return int(answer["statusCode"])


def test_a_signed_report_is_taken_in_either_form_of_its_body(bench: Bench) -> None:
    body = report(title="Größe ≥ 97 %")
    for encoded in (False, True):
        assert status(bench, request("/relay", body, headers=standard(body), encoded=encoded)) == 200
    first, second = queued("reports_queue")
    assert first["id"] == second["id"]  # the ledger behind the queue tells them from no other
    assert first["data"]["title"] == "Größe ≥ 97 %"
    assert first["data"]["facts"] == [["host", "db-1"]]


def test_a_key_that_is_being_changed_still_counts(bench: Bench) -> None:
    body = report()
    old = standard(body, key="whsec_b2xkIGtleSwgc3RpbGwgdmFsaWQ=")
    both = {**old, "webhook-signature": f"v1a,xyz {old['webhook-signature']}"}
    assert status(bench, request("/relay", body, headers=both)) == 200
    queued("reports_queue")


def test_slack_is_known_by_its_signature_and_its_challenge_is_answered(bench: Bench) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    answer = bench.call(request("/relay", body, headers=slack(body)))
    assert json.loads(answer["body"]) == {"challenge": "abc"}
    event = {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": {"type": "message", "text": "hi <!channel>"},
    }
    body = json.dumps(event).encode()
    assert status(bench, request("/relay", body, headers=slack(body))) == 200
    [taken] = queued("reports_queue")
    assert taken["data"]["report_id"] == "slack/Ev1"


@pytest.mark.parametrize(("seconds", "expected"), [(-300, 200), (-301, 401), (300, 200), (301, 401)])
def test_slacks_clock_may_be_five_minutes_off(
    bench: Bench, seconds: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_sdk.signature.Clock.now", lambda _: 1_611_766_800)
    body = json.dumps({"event_id": "Ev2"}).encode()
    headers = slack(body, stamp=1_611_766_800 + seconds)
    assert status(bench, request("/relay", body, headers=headers)) == expected
    queued("reports_queue")


HOSTILE_SLACK = {
    "no stamp": {"X-Slack-Request-Timestamp": ""},
    "words": {"X-Slack-Request-Timestamp": "abc"},
    "negative": {"X-Slack-Request-Timestamp": "-1"},
    "endless": {"X-Slack-Request-Timestamp": "9" * 5000},
    "float": {"X-Slack-Request-Timestamp": "1.5"},
    "other digits": {"X-Slack-Request-Timestamp": "١٢٣"},
    "version 1": {"X-Slack-Signature": "v1=00"},
    "short": {"X-Slack-Signature": "v0="},
    "not ascii": {"X-Slack-Signature": "v0=ü"},
    "empty": {"X-Slack-Signature": ""},
}
HOSTILE_STANDARD = {
    "no id": {"webhook-id": ""},
    "an id of lines": {"webhook-id": "a\nb"},
    "old": {"webhook-timestamp": "1600000000"},
    "future": {"webhook-timestamp": "99999999999"},
    "float": {"webhook-timestamp": "1.5"},
    "nan": {"webhook-timestamp": "nan"},
    "no comma": {"webhook-signature": "v1"},
    "no base64": {"webhook-signature": "v1,ü!"},
    "no signature": {"webhook-signature": ""},
    "another's": {"webhook-signature": "v1," + "A" * 43 + "="},
    "asymmetric": {"webhook-signature": "v1a,AAAA"},
}


@pytest.mark.parametrize("changed", HOSTILE_SLACK.values(), ids=HOSTILE_SLACK)
def test_a_hostile_slack_header_is_401(bench: Bench, changed: dict[str, str]) -> None:
    body = b'{"event_id": "Ev3"}'
    assert status(bench, request("/relay", body, headers=slack(body) | changed)) == 401


@pytest.mark.parametrize("changed", HOSTILE_STANDARD.values(), ids=HOSTILE_STANDARD)
def test_a_hostile_standard_header_is_401(bench: Bench, changed: dict[str, str]) -> None:
    body = report()
    assert status(bench, request("/relay", body, headers=standard(body) | changed)) == 401


def test_two_signatures_in_two_headers_are_none(bench: Bench) -> None:
    body = report()
    sent = request("/relay", body, headers=standard(body))
    sent["multiValueHeaders"]["webhook-signature"] *= 2
    assert status(bench, sent) == 401


def test_signed_nonsense_is_400_and_too_much_is_413(bench: Bench) -> None:
    for body in (b"{", b"[]", b"nan", b'{"type": "event_callback"}'):
        assert status(bench, request("/relay", body, headers=slack(body))) == 400
    assert status(bench, request("/relay", b"x" * 200_000)) == 413
    deep = b'{"a":' * 2000 + b"1" + b"}" * 2000
    assert status(bench, request("/relay", deep, headers=standard(deep))) in (200, 400)
    assert status(bench, request("/elsewhere")) == 404
    assert status(bench, request("/relay", method="GET")) == 405
    queued("reports_queue")


def mutated(rng: random.Random, sent: dict[str, Any]) -> dict[str, Any]:
    """One thing about a genuine request changed: a byte of its body, a header's value, or a header gone."""
    changed = json.loads(json.dumps(sent))
    part = rng.choice(["body", *changed["headers"]])
    after = altered(rng, changed["body"] if part == "body" else changed["headers"][part])
    if part == "body":
        changed["body"] = after
    else:
        changed["headers"][part] = after
        changed["multiValueHeaders"][part] = [after]
    return dict(changed)


def altered(rng: random.Random, before: str) -> str:
    """Another text, by one small change."""
    at, sign = rng.randrange(len(before)), rng.choice(string.printable + "üЖ\x00\ud7ff🚀")
    how = rng.choice(["replace", "insert", "delete", "cut", "double"])
    after = {
        "replace": before[:at] + sign + before[at + 1 :],
        "insert": before[:at] + sign + before[at:],
        "delete": before[:at] + before[at + 1 :],
        "cut": before[:at],
        "double": before + before,
    }[how]
    return before + "x" if after == before else after


def test_of_ten_thousand_mutated_requests_none_is_taken_and_none_breaks_us(
    bench: Bench, amazon: "Amazon"
) -> None:
    rng = random.Random(20210127)  # noqa: S311
    one, other = report(), json.dumps({"event_id": "Ev9", "event": {"text": "hello"}}).encode()
    relayed = [request("/relay", one, headers=standard(one)), request("/relay", other, headers=slack(other))]
    news, update = amazon.notify(BOUNCE), json.dumps(UPDATE)
    told = set()
    for _ in range(2_500):
        told |= {status(bench, mutated(rng, sent)) for sent in relayed}
        told.add(feedback(bench, news | {(name := rng.choice([*news])): altered(rng, news[name])}))
        wrong = {TELEGRAM_HEADER: altered(rng, TELEGRAM_SECRET)}
        told.add(status(bench, request("/telegram", altered(rng, update), headers=wrong)))
    assert told <= {400, 401, 413}
    assert [queued(name) for name in QUEUES] == [[], [], []]
    right = request("/telegram", update, headers={TELEGRAM_HEADER: TELEGRAM_SECRET})
    assert [status(bench, sent) for sent in (*relayed, right)] == [200, 200, 200]
    assert feedback(bench, news) == 200
    assert [len(queued(name)) for name in QUEUES] == [1, 2, 1]


def word(
    user: str = "alice", *, seconds: int = 600, key: str = doors.SIGNING_KEY, purpose: str = "push"
) -> str:
    return f"Bearer {signed(key, purpose, user, str(int(datetime.now(UTC).timestamp()) + seconds))}"


def subscribe(bench: Bench, body: Any, auth: str | None = None, method: str = "POST") -> int:
    headers = {"Authorization": word() if auth is None else auth}
    sent = body if isinstance(body, str) else json.dumps(body)
    return status(bench, request("/push/subscriptions", sent, method=method, headers=headers))


def test_a_browser_is_taken_for_the_user_the_app_vouches_for(bench: Bench) -> None:
    assert subscribe(bench, GOOD) == 202
    assert subscribe(bench, GOOD, method="DELETE") == 202
    taken, gone = queued("feedback_queue")
    assert taken["data"]["user_id"] == "alice"
    assert json.loads(taken["data"]["subscription"])["endpoint"] == GOOD["endpoint"]
    assert gone["data"]["subscription"] is None
    assert gone["data"]["browser_id"] == taken["data"]["browser_id"]


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick["id"])
def test_no_trick_makes_us_push_elsewhere(bench: Bench, trick: dict[str, Any]) -> None:
    body = {**GOOD, **trick["set"]} if "set" in trick else trick["body"]
    assert subscribe(bench, body) == 400
    assert queued("feedback_queue") == []


@pytest.mark.parametrize(
    "auth",
    [
        "",
        "Bearer ",
        "Bearer x.y.z",
        "Basic YWxpY2U6",
        word(seconds=-1),
        word(seconds=90_000),
        word(key="another"),
        word(purpose="unsubscribe"),
        word() + "A",
        word().replace("Bearer", "bearer"),
    ],
    ids=["none", "empty", "junk", "basic", "expired", "for ever", "forged", "of a mail", "longer", "case"],
)
def test_without_the_apps_word_a_browser_is_401(bench: Bench, auth: str) -> None:
    assert subscribe(bench, GOOD, auth) == 401


def test_the_same_browser_is_409_and_the_seventeenth_is_429(bench: Bench) -> None:
    table = SubscriptionsTable(bench.table("Subscriptions"))
    now = datetime.now(UTC)
    given = {"endpoint": GOOD["endpoint"], "keys": GOOD["keys"]}
    table.keep_browser("bob", "b-0", json.dumps(given, sort_keys=True), at=now)
    assert subscribe(bench, GOOD, word("bob")) == 409
    for number in range(1, 16):
        table.keep_browser("bob", f"b-{number}", "{}", at=now)
    assert subscribe(bench, {**GOOD, "endpoint": GOOD["endpoint"] + "2"}, word("bob")) == 429


def test_the_public_key_is_told(bench: Bench) -> None:
    answer = bench.call(request("/push/key", method="GET"))
    assert json.loads(answer["body"]) == {"applicationServerKey": "BPublic"}


def test_opening_the_link_of_a_mail_shows_a_button_and_pressing_it_ends_mail(bench: Bench) -> None:
    token = signed(doors.SIGNING_KEY, "unsubscribe", "alice", address_key("email", "alice@example.com"))
    page = bench.call(request("/unsubscribe", method="GET", query={"t": token}))
    assert (page["statusCode"], "<button" in page["body"]) == (200, True)
    assert queued("feedback_queue") == []
    click = request("/unsubscribe", "List-Unsubscribe=One-Click", query={"t": token})
    assert status(bench, click) == 202
    [taken] = queued("feedback_queue")
    assert taken["data"]["user_id"] == "alice"


@pytest.mark.parametrize(
    "token",
    [None, "", "x", "a.b.c", word().split()[1], "a" * 5000],
    ids=["none", "empty", "a letter", "three parts", "of another purpose", "long"],
)
def test_a_link_that_is_not_ours_is_401(bench: Bench, token: str | None) -> None:
    for method in ("GET", "POST"):
        query = {"t": token} if token is not None else None
        assert status(bench, request("/unsubscribe", method=method, query=query)) == 401


class Amazon:
    """Signs as SNS does, and gives its certificate to whoever asks at the right address."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = Name([NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)
        made = CertificateBuilder(name, name, self._key.public_key(), random_serial_number())
        made = made.not_valid_before(now).not_valid_after(now + timedelta(days=1))
        self.pem = made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
        self.fetched: list[str] = []

    def request(self, method: str, address: str, **_: Any) -> Any:
        self.fetched.append(address)
        return type("Answer", (), {"status": 200 if address == CERTIFICATE else 404, "data": self.pem})

    def notify(self, told: Any, *, version: str = "2", **changes: str) -> dict[str, str]:
        given = {
            "Type": "Notification",
            "MessageId": "sns-1",
            "TopicArn": TOPIC,
            "Message": told if isinstance(told, str) else json.dumps(told),
            "Timestamp": "2021-01-27T17:00:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE,
        }
        return self.sign(given | changes)

    def sign(self, message: dict[str, str]) -> dict[str, str]:
        names = ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"]
        text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
        digest = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()  # noqa: S303
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), digest)
        return message | {"Signature": b64encode(signature).decode()}


@pytest.fixture(scope="module")
def amazon(bench: Bench) -> Amazon:
    found = Amazon()
    module: Any = sys.modules["services.notifications.handlers.take_requests"]
    module.sns._http = found
    return found


BOUNCE = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "Alice@example.com"}],
    },
}
COMPLAINT = {
    "eventType": "Complaint",
    "complaint": {
        "complaintFeedbackType": "abuse",
        "complainedRecipients": [{"emailAddress": "bob@example.com"}],
    },
}


def feedback(bench: Bench, message: Any) -> int:
    return status(bench, request("/feedback", json.dumps(message)))


@pytest.mark.parametrize("version", ["1", "2"])
def test_bounces_for_good_and_complaints_are_taken(bench: Bench, amazon: Amazon, version: str) -> None:
    for told in (BOUNCE, COMPLAINT):
        assert feedback(bench, amazon.notify(told, version=version)) == 200
    bounce, complaint = (one["data"] for one in queued("feedback_queue"))
    assert (bounce["why"], bounce["recipients"]) == ("bounced: General", ["Alice@example.com"])
    assert (complaint["why"], complaint["recipients"]) == ("complained: abuse", ["bob@example.com"])


def test_a_bounce_that_may_pass_is_no_news(bench: Bench, amazon: Amazon) -> None:
    told = {"notificationType": "Bounce", "bounce": {"bounceType": "Transient", "bouncedRecipients": []}}
    assert feedback(bench, amazon.notify(told)) == 200
    assert feedback(bench, amazon.notify({"notificationType": "Delivery"})) == 200
    assert queued("feedback_queue") == []


def test_what_our_topic_did_not_sign_is_401_and_fetches_nothing(bench: Bench, amazon: Amazon) -> None:
    amazon.fetched.clear()
    good = amazon.notify(BOUNCE)
    subscribe_url = {
        "Type": "SubscriptionConfirmation",
        "SubscribeURL": "http://169.254.169.254/",
        "Token": "t",
    }
    for message in (
        good | {"Message": json.dumps(COMPLAINT)},
        good | {"TopicArn": TOPIC + "x"},
        good | {"Signature": "AAAA"},
        good | {"Signature": "ü"},
        good | {"SignatureVersion": "3"},
        good | {"SigningCertURL": "https://evil.example/SimpleNotificationService-00.pem"},
        good | {"SigningCertURL": CERTIFICATE.replace("amazonaws.com", "amazonaws.com.evil.example")},
        good | {"SigningCertURL": CERTIFICATE.replace("https", "http")},
        good | {"SigningCertURL": CERTIFICATE.replace("000", "123")},
        good | {"SigningCertURL": CERTIFICATE.replace("us-east-1", "us-east-7")},
        good | {"Type": 7},
        good | subscribe_url,
        {},
        {"TopicArn": TOPIC},
    ):
        assert feedback(bench, message) == 401
    assert {urlsplit(address).hostname for address in amazon.fetched} == {"sns.us-east-1.amazonaws.com"}
    assert queued("feedback_queue") == []


def test_a_topic_is_confirmed_only_at_sns_and_once_known_as_ours(bench: Bench, amazon: Amazon) -> None:
    address = f"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
    asked = {"Type": "SubscriptionConfirmation", "Token": "abc", "Message": "You have chosen"}
    assert feedback(bench, amazon.notify("x", **asked, SubscribeURL=address)) == 200
    [taken] = queued("feedback_queue")
    assert taken["data"]["confirm"] == address
    assert feedback(bench, amazon.notify("x", **asked, SubscribeURL="https://evil.example/")) == 400
    assert address not in amazon.fetched


@pytest.mark.parametrize("told", ["no json", "[]", '{"notificationType": "Bounce", "bounce": 7}'])
def test_signed_nonsense_is_no_news_or_400(bench: Bench, amazon: Amazon, told: str) -> None:
    assert feedback(bench, amazon.notify(told)) in (200, 400)
    assert queued("feedback_queue") == []
