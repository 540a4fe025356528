"""The bot, from Telegram's request through both real handlers to what stands in the chat."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import boto3
import pytest

from services.notifications.board_rows import BoardRows
from services.notifications.inbox import InboxTable
from tests.builders import a_ranking, an_alert
from tests.integration.notifications import doors
from tests.integration.notifications.bot_chat import (
    FIVE,
    SECRET,
    Vendors,
    World,
    an_update,
    hear,
    link,
    opened,
    position,
)
from tests.integration.notifications.vendors import TAKEN, StandIn, answer, stand_in


@pytest.fixture
def vendor() -> Iterator[StandIn]:
    with stand_in(TAKEN, kind=Vendors) as found:
        yield found


@pytest.fixture
def world(vendor: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with ExitStack() as stack:
        yield opened(stack, vendor, "9,linked", monkeypatch)


def test_a_whole_conversation(world: World, vendor: StandIn) -> None:
    link(world)
    hear(world)
    assert world.write("/start").startswith("Hello, Alice\n\nAlerts of what you follow come here.")
    assert "/unfollow GME" in world.write("/help")
    assert "/unfollow GME" in world.write("/help@our_bot")
    dashboard = world.write("/dashboard")
    assert "GME" in dashboard
    assert "▁" in dashboard
    assert "Furthest fallen: " in dashboard
    assert "Top positions: A +300.0 %, C +90.0 %, B +50.0 %, D +40.0 %, E +20.0 %" in dashboard
    assert world.write("/daily").startswith("Daily Summary, 27 Jan 2021")
    assert world.write("/daily 2020-01-01") == "Daily Summary\n\nNo summary of that day has been published."
    assert world.write("/daily yesterday") == "Write the day as 2021-01-27."
    assert world.write("/screen").startswith("Drawdowns, ")
    assert "is not among the" in world.write("/screen ZZZ")
    assert "5 positions, $3,125.00, unrealised +$1,875.00" in world.write("/portfolio")
    assert world.write("/monitor").startswith("🚨 TAKE PROFIT SIGNAL!")
    assert "Equity" in world.write("/account")
    assert "drawdowns ranked after the close" in world.write("/trigger")
    assert "reddit: 12 new posts of 20" in world.write("/stats")
    assert "screen.csv" in world.write("/download")
    assert world.write("/follow gme 10 level 300") == "You follow GME: price move 10, price level 300."
    assert world.write("/unfollow $GME") == "You no longer follow GME; nothing more comes of it."
    assert world.write("/quiet 22:00-7:00").startswith("Quiet from 22:00 to 07:00")
    assert world.write("/quiet off") == "Never quiet."
    assert world.write("/why") == "You were told no such thing; /why alone is about the last."
    assert world.write("/nonsense <b>") == "❓ Unknown command '/\u2060nonsense'. Type /help to see them all."
    assert world.write("hello") == "Please use commands starting with /"
    wishes = [(one.data["wish"], one.data["ticker"]) for one in world.bench.announced()]
    assert wishes == [("follow", "GME"), ("unfollow", "GME"), ("quiet", None), ("quiet", None)]
    assert all(one.data["stated_at"] == "2021-01-27T17:00:00Z" for one in world.bench.announced())
    assert all("parse_mode" not in said for said in world.said())


def test_a_repeated_update_is_answered_once_and_announced_the_same(world: World) -> None:
    link(world)
    for _ in range(3):
        world.post(an_update(77, "/follow AMC"))
        world.work()
    assert len(world.said()) == 1
    assert len({one.id for one in world.bench.announced()}) == 1


def test_long_lists_turn_their_pages_in_place(world: World) -> None:
    rows = [
        a_ranking().top[0].model_dump(mode="json") | {"rank": rank, "ticker": f"T{rank}"}
        for rank in range(1, 16)
    ]
    BoardRows(world.bench.table("History")).keep_ranking(a_ranking(top=rows, ranked=15))
    world.write("/screen")
    [keyboard] = world.said()[-1]["reply_markup"]["inline_keyboard"]
    assert [button["text"] for button in keyboard] == ["1/2", "▶"]
    turned = world.press(keyboard[1]["callback_data"])
    assert "T11" in turned["text"]
    assert turned["message_id"] == 7
    assert [b["text"] for b in turned["reply_markup"]["inline_keyboard"][0]] == ["◀", "2/2"]
    assert world.vendor.asked[-1].path == "/bot1:t/answerCallbackQuery"


def test_a_table_is_set_in_letters_of_one_width_counted_in_utf16(world: World, vendor: StandIn) -> None:
    world.write("/monitor")
    bold, pre = world.said()[-1]["entities"]
    text = world.said()[-1]["text"].encode("utf-16-le")
    assert text[: bold["length"] * 2].decode("utf-16-le") == "🚨 TAKE PROFIT SIGNAL!"
    assert text[pre["offset"] * 2 :].decode("utf-16-le").startswith("A ")


def test_the_signal_takes_five_positions_and_a_mean_of_a_hundred(world: World, vendor: Any) -> None:
    vendor.positions = FIVE[:4]
    assert "takes five positions; there are 4" in world.write("/monitor")
    vendor.positions = [position(symbol, "0.9999") for symbol in "ABCDE"]
    assert world.write("/monitor").startswith("Monitor")
    vendor.positions = [position(symbol, "1.0") for symbol in "ABCDE"]
    assert world.write("/monitor").startswith("🚨")


def test_a_file_is_behind_an_address_that_ends(world: World) -> None:
    link(world)
    hear(world)
    told = world.write("/download follows")
    assert "X-Amz-Expires=3600" in told or "Expires=" in told
    [stored] = world.bench.bucket("Downloads").objects.all()
    assert stored.get()["Body"].read().decode().splitlines()[0].startswith("ticker,as_of,price")


def test_why_tells_the_last_message_and_its_correction(world: World) -> None:
    link(world)
    inbox = InboxTable(world.bench.table("Inbox"))
    inbox.put(an_alert())
    inbox.amend(an_alert(), "Corrected: it was not so.")
    told = world.write("/why")
    assert told.startswith("GME +134.8 %\n\n")
    assert "Corrected: it was not so." in told
    assert told.endswith("tape why n-1")
    assert world.write("/why n-2").startswith("You were told no such thing")


def test_a_chat_nobody_allowed_is_not_answered_and_a_users_chat_sees_no_account(world: World) -> None:
    assert world.write("/start", chat=666) == ""
    link(world, chat="41")
    assert "about the operator's account" in world.write("/portfolio", chat=41)
    assert world.write("/dashboard", chat=41).startswith("Dashboard")
    assert "not connected to a user" in world.write("/follow GME")


def test_a_list_that_is_not_set_lets_nobody_in(vendor: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        closed = opened(stack, vendor, "", monkeypatch)
        link(closed)
        assert closed.write("/start") == ""
        assert vendor.asked == []


def test_without_a_brokers_keys_the_bot_says_so(world: World) -> None:
    boto3.client("ssm").put_parameter(
        Name="/keys", Value=json.dumps({"telegram_token": "1:t", "telegram_secret": SECRET}),
        Type="SecureString", Overwrite=True,
    )  # fmt: skip
    for words in ("/portfolio", "/account", "/monitor", "/trigger"):
        assert world.write(words) == "No broker's keys are set here, so there is no account to show."
    assert world.write("/dashboard").startswith("Dashboard")


def test_a_chat_that_asks_faster_than_once_a_second_is_answered_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.answering._SPACING", timedelta(hours=1))
    assert world.write("/help") != ""
    assert world.write("/help") == ""
    assert world.write("/help", chat=9) == ""


def test_a_flood_limit_or_a_blocked_chat_ends_nothing(world: World, vendor: StandIn) -> None:
    vendor.answers = [answer(429, {"ok": False, "parameters": {"retry_after": 0}}), TAKEN]
    assert world.write("/help") != ""
    assert len(world.said()) == 2
    vendor.answers = [answer(403, {"ok": False, "description": "Forbidden: bot was blocked by the user"})]
    world.write("/help")


def test_a_poison_message_hurts_only_itself(world: World) -> None:
    link(world)
    world.post(an_update(5, "/follow AMC"))
    [message] = boto3.resource("sqs").Queue(f"{doors.QUEUE}updates").receive_messages()
    assert world.bench.deliver("nonsense", message.body) == [0]
    assert len(world.bench.announced()) == 1
