"""CorrectMessages through its real handler: what told of a wrong price is put right where it stands."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from services.notifications.inbox import InboxTable
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import Bench
from tests.builders import NOON, a_contact, a_correction, an_alert, enveloped
from tests.integration.notifications import doors
from tests.integration.notifications.vendors import TAKEN, StandIn, answer, stand_in


@pytest.fixture
def vendor() -> Iterator[StandIn]:
    with stand_in(TAKEN) as found:
        yield found


@pytest.fixture
def bench(vendor: StandIn) -> Iterator[Bench]:
    with Bench(
        "notifications",
        "correct_messages",
        KEYS_PARAMETER="/keys",
        SLACK_URL=f"{vendor.url}/slack/",
        TELEGRAM_URL=vendor.url,
        CORRECTIONS_QUEUE=f"{doors.QUEUE}corrections",
    ) as bench:
        keys = json.dumps({"slack_token": "xoxb", "telegram_token": "1:t"})
        boto3.client("ssm").put_parameter(Name="/keys", Value=keys, Type="SecureString")
        boto3.client("sqs").create_queue(QueueName="corrections")
        yield bench


CORRECTION: Any = enveloped(a_correction(as_of=NOON))


def told(bench: Bench, **changes: Any) -> InboxTable:
    inbox = InboxTable(bench.table("Inbox"))
    alert = an_alert(occurred_at=NOON, **changes)
    inbox.put(alert)
    inbox.remember(alert, "slack", "C1/1.5")
    inbox.remember(alert, "telegram", "9/7")
    inbox.remember(alert, "email", "ses-1")
    return inbox


def rows(bench: Bench) -> list[Any]:
    found: list[Any] = bench.table("Inbox").scan()["Items"]
    return [row for row in found if row["sk"].startswith("NOTIFICATION#")]


def delayed() -> str:
    queue = boto3.resource("sqs").Queue(f"{doors.QUEUE}corrections")
    return queue.attributes["ApproximateNumberOfMessagesDelayed"]


def test_a_corrected_quote_edits_every_message_that_told_of_it(bench: Bench, vendor: StandIn) -> None:
    told(bench)
    assert bench.deliver(CORRECTION) == []
    by_path = {asked.path: asked.json for asked in vendor.asked}
    slack, telegram = by_path["/slack/chat.update"], by_path["/bot1:t/editMessageText"]
    assert (slack["channel"], slack["ts"]) == ("C1", "1.5")
    assert slack["blocks"][1]["text"]["text"].startswith("Corrected: GME stood at ")
    assert (telegram["chat_id"], telegram["message_id"]) == (9, 7)
    assert "Corrected: GME stood at " in telegram["text"]
    assert rows(bench)[0]["corrected"].startswith("Corrected: GME stood at ")


def test_a_correction_is_written_in_the_figures_of_its_reader(bench: Bench, vendor: StandIn) -> None:
    SubscriptionsTable(bench.table("Subscriptions")).set_contact(a_contact(locale="de-DE"), "contact-1")
    told(bench)
    assert bench.deliver(CORRECTION) == []
    day = a_correction(as_of=NOON)
    price = f"{day.corrected:,.2f}".replace(".", ",")
    assert f"GME stood at {price} $" in next(a.json["text"] for a in vendor.asked if "bot1" in a.path)


def test_messages_of_other_moments_and_tickers_stay(bench: Bench, vendor: StandIn) -> None:
    told(bench, ticker="AMC")
    assert bench.deliver(CORRECTION) == []
    assert vendor.asked == []
    assert "corrected" not in rows(bench)[0]


def test_a_message_still_on_its_way_is_found_by_the_second_look(bench: Bench, vendor: StandIn) -> None:
    assert bench.deliver(CORRECTION) == []
    assert (vendor.asked, delayed()) == ([], "1")
    told(bench)
    later = CORRECTION.model_copy(update={"data": {**CORRECTION.data, "looked_again": True}})
    assert bench.deliver(later) == []
    assert len(vendor.asked) == 2
    assert delayed() == "1"


def test_a_repeat_says_the_same_again_and_a_poison_message_hurts_only_itself(
    bench: Bench, vendor: StandIn
) -> None:
    told(bench)
    assert bench.deliver(CORRECTION, "nonsense", CORRECTION) == [1]
    assert vendor.asked[0].body == vendor.asked[2].body


def test_a_channel_that_wants_to_wait_is_edited_later(bench: Bench, vendor: StandIn) -> None:
    told(bench)
    vendor.answers = [
        answer(429, {"ok": False, "parameters": {"retry_after": 9}}, Retry_After="9"),
        answer(content={"ok": False, "error": "channel_not_found", "description": "chat not found"}),
    ]
    assert bench.deliver(CORRECTION) == []
    assert delayed() == "1"


def test_a_crash_before_the_second_look_is_asked_for_repeats_the_edit(bench: Bench, vendor: StandIn) -> None:
    told(bench)
    with bench.refuse("SendMessage"):
        assert bench.deliver(CORRECTION) == [0]
    assert bench.deliver(CORRECTION) == []
    assert vendor.asked[0].body == vendor.asked[2].body
