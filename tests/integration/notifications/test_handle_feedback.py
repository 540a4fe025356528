"""HandleFeedback through its real handler, and what Deliver makes of it."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto.ses.models import ses_backends

from services.notifications.channels import address_key
from services.notifications.following import Follow
from services.notifications.subscriptions import SubscriptionsTable
from services.notifications.taken import BrowserTaken, FeedbackTaken, UnsubscribeTaken
from tests.bench import ACCOUNT, REGION, Bench, BusDown
from tests.builders import NOON, a_contact, an_alert, enveloped

ALICE = address_key("email", "alice@example.com")
OFF = UnsubscribeTaken(user_id="alice", address_key=ALICE, at=NOON)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("notifications", "handle_feedback") as bench:
        yield bench


def told(kind: str, why: str, *recipients: str, own: str = "sns-1") -> FeedbackTaken:
    return FeedbackTaken.model_validate(
        {"message_id": own, "kind": kind, "why": why, "recipients": recipients}
    )


def dead(bench: Bench) -> dict[str, str]:
    return {row["pk"]: row["why"] for row in bench.table("Addresses").scan()["Items"]}


def test_a_bounce_and_a_complaint_end_mail_to_their_addresses(bench: Bench) -> None:
    bounce = enveloped(told("bounce", "bounced: General", "Alice@Example.com"))
    complaint = enveloped(told("complaint", "complained: abuse", "bob@example.com", own="sns-2"))
    assert bench.deliver(bounce, complaint, bounce) == []
    assert dead(bench) == {
        ALICE: "bounced: General",
        address_key("email", "bob@example.com"): "complained: abuse",
    }


@pytest.mark.parametrize("turned", [False, True])
def test_a_complaint_outweighs_a_bounce_in_either_order(bench: Bench, turned: bool) -> None:
    two = [
        enveloped(told("bounce", "bounced: General", "alice@example.com")),
        enveloped(told("complaint", "complained: abuse", "alice@example.com", own="sns-2")),
    ]
    bench.deliver(*(reversed(two) if turned else two))
    assert dead(bench) == {ALICE: "complained: abuse"}


def test_who_turns_mail_off_gets_none_and_the_app_is_told(bench: Bench) -> None:
    assert bench.deliver("nonsense", enveloped(OFF), enveloped(OFF)) == [0]
    assert dead(bench) == {ALICE: "unsubscribed by its reader"}
    [said] = bench.announced()
    assert (said.type, said.data["wish"]) == ("PreferenceStated.v1", "no_mail")
    assert said.data["user_id"] == "alice"


def test_after_a_crash_the_app_is_told_all_the_same(bench: Bench) -> None:
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(enveloped(OFF))
    assert bench.deliver(enveloped(OFF)) == []
    assert len(bench.announced()) == 1


def test_browsers_come_and_go_by_time_and_not_by_arrival(bench: Bench) -> None:
    come = BrowserTaken(user_id="alice", browser_id="b-1", subscription="{}", at=NOON)
    gone = BrowserTaken(user_id="alice", browser_id="b-1", subscription=None, at=NOON + timedelta(seconds=1))
    table = SubscriptionsTable(bench.table("Subscriptions"))
    bench.deliver(enveloped(come))
    assert table.push_addresses("alice") == ["{}"]
    bench.deliver(enveloped(gone))
    bench.deliver(enveloped(come))
    assert table.push_addresses("alice") == []


def test_a_topic_is_told_that_we_listen(bench: Bench) -> None:
    module: Any = sys.modules["services.notifications.handlers.handle_feedback"]
    fetched: list[str] = []

    class Http:
        def request(self, method: str, address: str, **_: Any) -> Any:
            fetched.append(address)
            return type("Answer", (), {"status": 200, "data": b""})

    module.sns._http = Http()
    confirmation = FeedbackTaken(message_id="sns-3", kind="confirmation", confirm="https://sns.example/")
    assert bench.deliver(enveloped(confirmation)) == []
    assert fetched == ["https://sns.example/"]


def test_a_mail_can_be_ended_by_one_click_and_then_is() -> None:
    with Bench(
        "notifications", "deliver", UNSUBSCRIBE_URL="https://api.example/unsubscribe", KEYS_PARAMETER="/keys"
    ) as bench:
        boto3.client("ssm").put_parameter(Name="/keys", Value='{"signing_key": "k"}', Type="SecureString")
        boto3.client("sesv2").create_email_identity(EmailIdentity="alerts@tickertape.example")
        subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
        subscriptions.follow(Follow("alice", "GME", (), "follow-1"), at=NOON, admitted=True)
        subscriptions.set_contact(a_contact(), "contact-1")
        bench.deliver(enveloped(an_alert()))
        [mail] = ses_backends[ACCOUNT][REGION].sent_messages
        assert "https://api.example/unsubscribe?t=" in str(mail.body)
        module: Any = sys.modules["services.notifications.handlers.deliver"]
        module.outbound.addresses.bury(ALICE, "unsubscribed by its reader")
        bench.deliver(enveloped(an_alert(notification_id="n-2")))
        assert len(ses_backends[ACCOUNT][REGION].sent_messages) == 1
        assert bench.announced()[-1].data["reason"] == "unsubscribed by its reader"
