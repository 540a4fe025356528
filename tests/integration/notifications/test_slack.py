"""Slack through its own client, against a stand-in of its API."""

import gc
import json
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs

import pytest
from slack_sdk.models.blocks import Block as SlackBlock

from services.notifications.blocks import alert_blocks, fields
from services.notifications.channels import Delivered, Gone, Refused, Wait
from services.notifications.slack import Slack
from tests.builders import an_alert
from tests.integration.notifications.vendors import StandIn, answer, stand_in

TAKEN = answer(content={"ok": True, "channel": "C1", "ts": "1611766800.000100"})


@pytest.fixture
def vendor() -> Iterator[StandIn]:
    with stand_in(TAKEN) as found:
        yield found


def slack(vendor: StandIn, *, key: bool = True) -> Slack:
    return Slack({"slack_token": "xoxb-1" if key else None}.get, url=f"{vendor.url}/api/")


def posted(vendor: StandIn, number: int = -1) -> dict[str, Any]:
    asked = vendor.asked[number]
    if asked.headers["content-type"].startswith("application/json"):
        return dict(asked.json)
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


def blocks(vendor: StandIn, number: int = -1) -> list[Any]:
    found = posted(vendor, number)["blocks"]
    return list(json.loads(found) if isinstance(found, str) else found)


def test_an_alert_is_posted_as_blocks_and_its_receipt_tells_where(vendor: StandIn) -> None:
    assert slack(vendor).send("C1", an_alert()) == Delivered("C1/1611766800.000100")
    assert vendor.asked[0].path == "/api/chat.postMessage"
    assert vendor.asked[0].headers["authorization"] == "Bearer xoxb-1"
    assert posted(vendor)["channel"] == "C1"
    assert blocks(vendor)[0]["text"]["text"] == "GME +134.8 %"
    for flag in ("link_names", "unfurl_links", "unfurl_media", "mrkdwn"):
        assert str(posted(vendor)[flag]).lower() in ("0", "false"), flag


def test_an_answer_in_a_thread_names_its_first_message(vendor: StandIn) -> None:
    slack(vendor).post("C1", "Done", alert_blocks(an_alert()), thread="C1/1.5")
    assert posted(vendor)["thread_ts"] == "1.5"


def test_an_edit_names_the_message_it_changes(vendor: StandIn) -> None:
    said = slack(vendor).edit("C1/1.5", "GME", alert_blocks(an_alert(), correction="was wrong"))
    assert said == Delivered("C1/1611766800.000100")
    assert vendor.asked[0].path == "/api/chat.update"
    assert (posted(vendor)["channel"], posted(vendor)["ts"]) == ("C1", "1.5")
    assert blocks(vendor)[1]["text"]["text"] == "was wrong"


def test_the_longest_alert_is_within_slacks_own_limits() -> None:
    body = "\n\n".join(["<!channel> " + "x" * 3500, *["y"] * 200])[:4000] + "\n\nWhy: tape why n-1"
    for alert in (an_alert(), an_alert(title="t" * 200, body=body[-4000:])):
        for block in (*alert_blocks(alert), fields([("Status", "success")] * 12)):
            parsed = SlackBlock.parse(block)
            assert parsed is not None
            parsed.validate_json()
        assert len(alert_blocks(alert)) <= 50


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (answer(429, {"ok": False}, Retry_After="30"), Wait(30, "Slack: 429")),
        (answer(500, b"<html>oops</html>"), Wait(60, "Slack: 500")),
        (answer(200, b"<html>proxy</html>"), Wait(60, "Slack: 200")),
        (answer(200, {"ok": False, "error": "channel_not_found"}), Gone("Slack: channel_not_found")),
        (answer(200, {"ok": False, "error": "is_archived"}), Gone("Slack: is_archived")),
        (answer(200, {"ok": False, "error": "invalid_auth"}), Refused("Slack: invalid_auth")),
        (answer(200, {"ok": False, "error": "internal_error"}), Wait(60, "Slack: internal_error")),
    ],
    ids=["429", "500", "html", "no channel", "archived", "token", "internal"],
)
def test_what_slack_answers_is_understood(vendor: StandIn, told: Any, outcome: object) -> None:
    vendor.answers = [told]
    assert slack(vendor).send("C1", an_alert()) == outcome
    assert len(vendor.asked) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # its client leaves the socket
def test_silence_leaves_open_whether_it_was_posted(vendor: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifications.slack._TIMEOUT", 0.2)
    vendor.answers[0].drips = True
    with pytest.raises((TimeoutError, URLError)):
        slack(vendor).send("C1", an_alert())
    assert len(vendor.asked) == 1
    gc.collect()


def test_without_a_key_nothing_is_called(vendor: StandIn) -> None:
    outcome = slack(vendor, key=False).send("C1", an_alert())
    assert isinstance(outcome, Refused)
    assert "not set up" in outcome.why
    assert vendor.asked == []
