"""Telegram's Bot API, against a stand-in of it."""

from collections.abc import Iterator

import pytest
from urllib3 import PoolManager, Timeout

from services.notifications.channels import Delivered, Gone, Outcome, Refused, Wait
from services.notifications.plain import utf16
from services.notifications.telegram import Telegram, TelegramUnanswered, alert_text
from tests.builders import an_alert
from tests.integration.notifications.vendors import Answer, StandIn, answer, stand_in

TOKEN = "42:secret"  # noqa: S105
TAKEN = answer(content={"ok": True, "result": {"message_id": 7, "chat": {"id": -100}}})


@pytest.fixture
def vendor() -> Iterator[StandIn]:
    with stand_in(TAKEN) as found:
        yield found


@pytest.fixture
def http() -> Iterator[PoolManager]:
    with PoolManager(timeout=Timeout(connect=1, read=2)) as found:
        yield found


@pytest.fixture
def telegram(vendor: StandIn, http: PoolManager) -> Telegram:
    return Telegram({"telegram_token": TOKEN}.get, http, url=vendor.url)


def refusal(code: int, description: str, **parameters: int) -> Answer:
    told = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return answer(code, told)


def test_an_alert_is_plain_text_with_entities_of_our_own(vendor: StandIn, telegram: Telegram) -> None:
    assert telegram.send("-100", an_alert()) == Delivered("-100/7")
    [asked] = vendor.asked
    assert asked.path == f"/bot{TOKEN}/sendMessage"
    assert asked.json["chat_id"] == -100
    assert asked.json["text"].startswith("GME +134.8 %\n\n")
    assert asked.json["entities"] == [{"type": "bold", "offset": 0, "length": 12}]
    assert asked.json["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in asked.json


def test_lengths_are_counted_in_utf16_and_the_receipt_is_never_cut_off() -> None:
    alert = an_alert(title="🚀" * 100, body="🚀" * 3000 + "\n\nWhy: tape why n-1")
    text, [bold] = alert_text(alert)
    assert bold["length"] == 200
    assert utf16(text) <= 4096
    assert text.endswith("…\n\nWhy: tape why n-1")


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (refusal(429, "Too Many Requests", retry_after=17), Wait(17, "Telegram: Too Many Requests")),
        (
            refusal(403, "Forbidden: bot was blocked by the user"),
            Gone("Telegram: Forbidden: bot was blocked by the user"),
        ),
        (refusal(400, "Bad Request: chat not found"), Gone("Telegram: Bad Request: chat not found")),
        (refusal(401, "Unauthorized"), Refused("Telegram: Unauthorized")),
        (answer(502, b"<html>"), Wait(30, "Telegram: 502")),
    ],
    ids=["flood", "blocked", "no chat", "token", "html"],
)
def test_what_telegram_answers_is_understood(
    vendor: StandIn, telegram: Telegram, told: Answer, outcome: Outcome
) -> None:
    vendor.answers = [told]
    assert telegram.send("1", an_alert()) == outcome


def test_entities_it_cannot_read_are_left_out_once(vendor: StandIn, telegram: Telegram) -> None:
    vendor.answers = [refusal(400, "Bad Request: can't parse entities"), TAKEN]
    assert telegram.send("1", an_alert()) == Delivered("-100/7")
    assert ["entities" in asked.json for asked in vendor.asked] == [True, False]
    vendor.answers = [refusal(400, "Bad Request: message is too long")]
    assert isinstance(telegram.send("1", an_alert()), Refused)
    assert len(vendor.asked) == 4


def test_an_edit_that_changes_nothing_is_done(vendor: StandIn, telegram: Telegram) -> None:
    vendor.answers = [refusal(400, "Bad Request: message is not modified")]
    assert telegram.edit("-100/7", "same") == Delivered("-100/7")
    assert vendor.asked[0].json["message_id"] == 7


def test_silence_leaves_open_whether_it_was_sent_and_no_error_tells_the_token(
    vendor: StandIn, http: PoolManager, telegram: Telegram
) -> None:
    http.connection_pool_kw["timeout"] = Timeout(0.2)
    vendor.answers[0].drips = True
    with pytest.raises(TelegramUnanswered) as raised:
        telegram.send("1", an_alert())
    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is None


def test_without_a_key_nothing_is_called(vendor: StandIn, http: PoolManager) -> None:
    telegram = Telegram(lambda _: None, http, url=vendor.url)
    assert isinstance(telegram.send("1", an_alert()), Refused)
    assert vendor.asked == []
