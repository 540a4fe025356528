"""Deliver through its real handler, its mails in an emulated SES."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyKeyError
from botocore.exceptions import ClientError, ReadTimeoutError
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends

from contracts.events.envelope import Envelope
from services.notifications.channels import address_key
from services.notifications.following import Follow
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import ACCOUNT, REGION, Bench, BusDown, Killed
from tests.builders import NOON, a_contact, an_alert, enveloped

QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/alerts"
SENDER = "alerts@tickertape.example"
AT_ONCE = "1000000"
"""Mails a second: none waits for its turn."""


@pytest.fixture
def bench() -> Iterator[Bench]:
    with prepared() as bench:
        yield bench


@contextmanager
def prepared(mails_per_second: str = AT_ONCE) -> Iterator[Bench]:
    settings = {"ALERTS_QUEUE": QUEUE, "MAILS_PER_SECOND": mails_per_second}
    with Bench("notifications", "deliver", **settings) as bench:
        boto3.client("sqs").create_queue(QueueName="alerts")
        boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
        subscriptions.follow(Follow("alice", "GME", (), "follow-1"), at=NOON, admitted=True)
        subscriptions.set_contact(a_contact(), "contact-1")
        yield bench


def mails() -> list[Any]:
    return ses_backends[ACCOUNT][REGION].sent_messages


def said(bench: Bench) -> list[str]:
    return [f"{envelope.type} {envelope.subject}" for envelope in bench.announced()]


def inbox(bench: Bench) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = bench.table("Inbox").scan()["Items"]
    return [row for row in rows if row["sk"].startswith("NOTIFICATION#")]


@contextmanager
def failing(event: str, error: BaseException) -> Iterator[None]:
    """Every call of this kind, made with the handler's own clients, ends in *error*."""

    def fail(**_: Any) -> None:
        raise error

    module: Any = sys.modules["services.notifications.handlers.deliver"]
    for client in (module.ses, module.ledger_client):
        client.meta.events.register(event, fail, unique_id="failing")
    try:
        yield
    finally:
        for client in (module.ses, module.ledger_client):
            client.meta.events.unregister(event, unique_id="failing")


def waiting() -> list[tuple[int, str]]:
    """What is in the alerts' own queue: for how many seconds it is hidden, and what it says."""
    queue: Any = sqs_backends[ACCOUNT][REGION].queues["alerts"]
    return [(round((m.delayed_until - m.sent_timestamp) / 1000), m.body) for m in queue._messages]


def entries(bench: Bench) -> list[dict[str, Any]]:
    return [row for row in bench.table("Ledger").scan()["Items"] if row["pk"].startswith("deliver#")]


def ambiguous(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The notifications whose sending was counted as ambiguous since the last look."""
    lines = [line for line in capsys.readouterr().out.splitlines() if "AmbiguousSend" in line]
    return [json.loads(line)["notification"] for line in lines]


def throttled(operation: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TooManyRequestsException", "Message": "slow down"},
        "ResponseMetadata": {"HTTPStatusCode": 429},
    }
    return ClientError(answer, operation)


def test_an_alert_is_one_mail_and_one_inbox_row_and_both_are_announced(bench: Bench) -> None:
    assert bench.deliver(enveloped(an_alert())) == []
    [mail] = mails()
    assert mail.subject == "GME +134.8 %"
    assert mail.destinations == {"ToAddresses": ["alice@example.com"]}
    assert [row["notification_id"] for row in inbox(bench)] == ["n-1"]
    assert said(bench) == ["NotificationSent.v1 n-1/inbox", "NotificationSent.v1 n-1/email"]


def test_an_alert_delivered_a_hundred_times_is_one_mail_and_one_inbox_row(bench: Bench) -> None:
    same = [
        enveloped(an_alert(), key=f"published again {number}", at=NOON + timedelta(seconds=number))
        for number in range(100)
    ]
    for batch in range(0, 100, 10):
        assert bench.deliver(*same[batch : batch + 10]) == []
    assert len(mails()) == 1
    assert len(inbox(bench)) == 1
    assert len(said(bench)) == 200


def test_two_alerts_in_either_order_leave_the_same_inbox(bench: Bench) -> None:
    two = [enveloped(an_alert(notification_id=name)) for name in ("n-1", "n-2")]
    bench.deliver(*two)
    before = json.loads(bench.dump())["Inbox"]
    bench.deliver(*reversed(two))
    assert json.loads(bench.dump())["Inbox"] == before
    assert len(mails()) == 2


def test_a_poison_message_hurts_only_itself(bench: Bench) -> None:
    forged = enveloped(an_alert()).model_copy(update={"source": "tickertape.app"})
    assert bench.deliver("nonsense", enveloped(an_alert()), forged) == [0, 2]
    assert len(mails()) == 1


def test_a_crash_before_the_announcement_sends_no_second_mail(bench: Bench) -> None:
    alert = enveloped(an_alert())
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(alert)
    assert len(mails()) == 1
    assert bench.deliver(alert) == []
    assert len(mails()) == 1
    assert len(said(bench)) == 2


def test_when_the_entry_cannot_be_written_one_mail_more_goes_out_and_is_counted(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    alert = enveloped(an_alert())
    with failing("before-call.dynamodb.UpdateItem", throttled("UpdateItem")):
        assert bench.deliver(alert) == [0]
    assert len(mails()) == 1
    # The entry is open until this invocation's deadline; the retry comes again after it, and is no error.
    assert bench.deliver(alert) == []
    assert len(mails()) == 1
    [(delay, again)] = waiting()
    assert 0 < delay <= 31
    assert ambiguous(capsys) == []
    let_the_deadline_pass(bench)
    assert bench.deliver(again, alert, alert) == []
    assert len(mails()) == 2
    assert ambiguous(capsys) == ["n-1/email"]


def let_the_deadline_pass(bench: Bench) -> None:
    for entry in entries(bench):
        bench.table("Ledger").put_item(Item=entry | {"in_progress_expiration": 1})


def test_a_mail_whose_answer_was_lost_is_sent_again_and_counted(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = ReadTimeoutError(endpoint_url="https://email.us-east-1.amazonaws.com")
    with failing("after-call.sesv2.SendEmail", lost):
        assert bench.deliver(enveloped(an_alert())) == [0]
    assert bench.deliver(enveloped(an_alert())) == []
    assert len(mails()) == 2
    assert ambiguous(capsys) == ["n-1/email"]


def test_wherever_the_worker_is_killed_nothing_is_lost_and_a_second_mail_is_counted(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    doubted = 0
    for call in count(1):
        alert, before = an_alert(notification_id=f"n-{call}"), len(mails())
        with bench.kill_at(call, after=True):
            try:
                bench.deliver(enveloped(alert))
            except Killed:
                pass
            else:
                break
        let_the_deadline_pass(bench)
        ambiguous(capsys)
        assert bench.deliver(enveloped(alert)) == []
        sent, doubts = len(mails()) - before, len(ambiguous(capsys))
        assert 1 <= sent <= 1 + doubts <= 2
        doubted += doubts
    assert call > 5
    assert doubted >= 1


def test_an_open_entry_names_its_deadline(bench: Bench) -> None:
    with failing("before-call.sesv2.SendEmail", Killed()), pytest.raises(Killed):
        bench.deliver(enveloped(an_alert()))
    [entry] = entries(bench)
    assert entry["status"] == "INPROGRESS"
    assert entry["in_progress_expiration"] > 0


@pytest.mark.parametrize("call", ["GetItem", "PutItem"])
def test_nothing_is_sent_while_the_ledger_does_not_answer(bench: Bench, call: str) -> None:
    with failing(f"before-call.dynamodb.{call}", throttled(call)):
        assert bench.deliver(enveloped(an_alert())) == [0]
    assert mails() == []
    assert bench.deliver(enveloped(an_alert())) == []
    assert len(mails()) == 1


def test_mails_beyond_what_the_account_may_send_take_turns() -> None:
    with prepared(mails_per_second="0.01") as bench:
        bench.deliver(*(enveloped(an_alert(notification_id=f"n-{number}")) for number in range(4)))
        assert len(mails()) == 1
        moments = set_aside()
        assert [later - earlier for earlier, later in pairwise(moments)] == [timedelta(seconds=100)] * 2
        assert all(delay > 0 for delay, _ in waiting())
        # Who comes too early keeps the moment that was set aside.
        bench.deliver(waiting()[-1][1])
        assert len(mails()) == 1
        assert set_aside() == [*moments, moments[-1]]


def set_aside() -> list[datetime]:
    """The moments of the messages that wait for their turn."""
    return [datetime.fromisoformat(json.loads(body)["detail"]["data"]["not_before"]) for _, body in waiting()]


def test_who_is_late_is_held_once_and_not_mailed(bench: Bench) -> None:
    late = enveloped(an_alert(), at=datetime.now(UTC) - timedelta(minutes=20))
    assert bench.deliver(late) == bench.deliver(late) == []
    assert mails() == []
    assert said(bench) == ["NotificationSent.v1 n-1/inbox", "NotificationHeld.v1 n-1"] * 2
    [row] = bench.table("Evaluations").scan()["Items"]
    assert row["sk"].startswith("HELD#")
    assert row["channels"] == ["email"]


def test_a_throttled_mail_waits_in_the_queue_and_goes_out_when_it_comes_back(bench: Bench) -> None:
    alert = enveloped(an_alert())
    with failing("before-call.sesv2.SendEmail", throttled("SendEmail")):
        assert bench.deliver(alert) == []
    assert said(bench) == ["NotificationSent.v1 n-1/inbox"]
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    queue = boto3.client("sqs").get_queue_attributes(QueueUrl=QUEUE, AttributeNames=names)
    assert list(queue["Attributes"].values()) == ["0", "1"]
    assert mails() == []


def test_an_address_that_died_is_not_written_to_until_its_user_names_it_again(bench: Bench) -> None:
    module: Any = sys.modules["services.notifications.handlers.deliver"]
    addresses = module.outbound.addresses
    addresses.bury(address_key("email", "Alice@Example.com"), "bounced")
    bench.deliver(enveloped(an_alert()))
    assert (said(bench)[1], mails()) == ("NotificationFailed.v1 n-1/email", [])
    contact = a_contact(changed_at=datetime.now(UTC) + timedelta(minutes=1))
    SubscriptionsTable(bench.table("Subscriptions")).set_contact(contact, "contact-2")
    bench.deliver(enveloped(an_alert(notification_id="n-2")))
    assert len(mails()) == 1
    addresses.bury(address_key("email", "alice@example.com"), "complained: abuse")
    addresses.bury(address_key("email", "alice@example.com"), "bounced")
    bench.deliver(enveloped(an_alert(notification_id="n-3")))
    assert len(mails()) == 1
    assert "alice" not in json.dumps(bench.table("Addresses").scan()["Items"], default=str).lower()


def test_an_unverified_sender_is_a_failure_for_good_and_the_inbox_has_it() -> None:
    with Bench("notifications", "deliver", MAILS_PER_SECOND=AT_ONCE) as bench:
        subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
        subscriptions.follow(Follow("alice", "GME", (), "follow-1"), at=NOON, admitted=True)
        subscriptions.set_contact(a_contact(), "contact-1")
        assert bench.deliver(enveloped(an_alert())) == []
        assert said(bench) == ["NotificationSent.v1 n-1/inbox", "NotificationFailed.v1 n-1/email"]
        assert "not verified" in bench.announced()[1].data["reason"]
        assert entries(bench) == []


def test_who_unfollowed_while_the_alert_was_under_way_is_not_told(bench: Bench) -> None:
    SubscriptionsTable(bench.table("Subscriptions")).unfollow("alice", "GME", "u-1", at=NOON)
    bench.deliver(enveloped(an_alert()))
    assert said(bench) == ["NotificationHeld.v1 n-1"]
    assert (mails(), inbox(bench)) == ([], [])


def test_what_a_reader_did_with_an_inbox_row_survives_a_repeat(bench: Bench) -> None:
    alert = enveloped(an_alert())
    bench.deliver(alert)
    [row] = inbox(bench)
    bench.table("Inbox").put_item(Item=row | {"read": True})
    bench.deliver(alert)
    assert inbox(bench) == [row | {"read": True}]


def test_the_ledger_remembers_a_business_key_for_a_hundred_days(bench: Bench) -> None:
    bench.deliver(enveloped(an_alert()))
    [entry] = entries(bench)
    assert entry["pk"].startswith("deliver#")
    assert entry["status"] == "COMPLETED"
    left = float(entry["expires_at"]) - datetime.now(UTC).timestamp()
    assert 99.9 < left / 86_400 <= 100
    bench.deliver(enveloped(an_alert(title="other words, same notification"), key="redriven"))
    assert entries(bench) == [entry]


def test_an_act_without_a_business_key_is_not_done(bench: Bench) -> None:
    module: Any = sys.modules["services.notifications.handlers.deliver"]
    with pytest.raises(IdempotencyKeyError):
        module.ledger.once("", lambda: pytest.fail("mailed"))


def test_each_envelope_says_what_caused_it(bench: Bench) -> None:
    alert = enveloped(an_alert())
    bench.deliver(alert)
    told: list[Envelope] = bench.announced()
    assert {envelope.causationid for envelope in told} == {alert.id}
    assert all(envelope.data["evidence"] == ["follow-1", "price-1"] for envelope in told)
