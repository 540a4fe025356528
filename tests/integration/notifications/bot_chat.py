"""A chat with the bot: Telegram and the broker on the loopback, both real handlers between."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import boto3
import pytest

from contracts.events.app import AlertRule
from contracts.events.ingestion import CollectionCompletedV1
from services.notifications.board_rows import BoardRows
from services.notifications.following import Follow
from services.notifications.history import HistoryTable
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import Bench
from tests.builders import NOON, a_bar, a_contact, a_quote, a_ranking, a_summary
from tests.integration.notifications import doors
from tests.integration.notifications.doors import request
from tests.integration.notifications.vendors import Answer, Asked, StandIn, answer

SECRET = "the bot's own token"  # noqa: S105
KEYS = {
    "telegram_token": "1:t",
    "telegram_secret": SECRET,
    "alpaca_key_id": "AK",
    "alpaca_secret_key": "AS",
}
SENT = int(NOON.timestamp())


def position(symbol: str, return_pct: str) -> dict[str, str]:
    rest = {"qty": "2.5", "avg_entry_price": "100", "current_price": "250", "market_value": "625"}
    return {"symbol": symbol, "unrealized_pl": "375", "unrealized_plpc": return_pct, **rest}


ACCOUNT = {
    "account_number": "PA123456",
    "status": "ACTIVE",
    "equity": "10250.50",
    "cash": "100",
    "buying_power": "200",
    "last_equity": "10000",
}
FIVE = [
    position(symbol, pct) for symbol, pct in zip("ABCDE", ("3.0", "0.5", "0.9", "0.4", "0.2"), strict=True)
]


@dataclass
class Vendors(StandIn):
    """Telegram and Alpaca in one: each asked by its own paths."""

    positions: Any = None

    def take(self, asked: Asked) -> Answer:
        if asked.path == "/v2/positions":
            assert asked.headers["apca-api-key-id"] == "AK"
            return answer(content=FIVE if self.positions is None else self.positions)
        if asked.path == "/v2/account":
            return answer(content=ACCOUNT)
        return super().take(asked)


class World:
    """A chat with the bot. The two handlers share the tables of one bench, as they do deployed."""

    def __init__(self, vendor: StandIn, door: Any, bench: Bench) -> None:
        self.vendor, self._door, self.bench = vendor, door, bench
        self._update = 0
        self._queue = boto3.resource("sqs").Queue(f"{doors.QUEUE}updates")

    def post(self, update: Any, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        body = update if isinstance(update, str) else json.dumps(update)
        return int(self._door(request("/telegram", body, headers=headers), None)["statusCode"])

    def work(self) -> None:
        while messages := self._queue.receive_messages(MaxNumberOfMessages=10):
            assert self.bench.deliver(*[message.body for message in messages]) == []
            for message in messages:
                message.delete()

    def write(self, text: str, chat: int = 9, **more: Any) -> str:
        """What stands in the chat after *text* was written to the bot; empty where it said nothing."""
        self._update += 1
        before = len(self.said())
        assert self.post(an_update(self._update, text, chat, **more)) == 200
        self.work()
        new = self.said()[before:]
        return str(new[-1]["text"]) if new else ""

    def press(self, data: str, chat: int = 9) -> dict[str, Any]:
        self._update += 1
        query = {
            "id": "q-1",
            "from": {"id": 9},
            "data": data,
            "message": {"message_id": 7, "chat": {"id": chat}},
        }
        assert self.post({"update_id": self._update, "callback_query": query}) == 200
        self.work()
        return dict(self.said()[-1])

    def said(self) -> list[Any]:
        paths = ("/bot1:t/sendMessage", "/bot1:t/editMessageText")
        return [asked.json for asked in self.vendor.asked if asked.path in paths]


def an_update(number: int, text: str, chat: int = 9, **more: Any) -> dict[str, Any]:
    message = {
        "message_id": number,
        "date": SENT,
        "text": text,
        "chat": {"id": chat, "type": "private"},
        "from": {"id": chat, "is_bot": False, "first_name": "Alice"},
    }
    return {"update_id": number, "message": message | more}


def opened(stack: ExitStack, vendor: StandIn, chats: str, monkeypatch: pytest.MonkeyPatch) -> World:
    settings = {
        "KEYS_PARAMETER": "/keys",
        "TELEGRAM_URL": vendor.url,
        "ALPACA_URL": vendor.url,
        "TELEGRAM_CHATS": chats,
        "UPDATES_QUEUE": f"{doors.QUEUE}updates",
    }
    bench = stack.enter_context(Bench("notifications", "answer_telegram", **settings))
    boto3.client("sqs").create_queue(QueueName="updates")
    boto3.client("ssm").put_parameter(Name="/keys", Value=json.dumps(KEYS), Type="SecureString")
    # Only the test of the pace is to be paced.
    monkeypatch.setattr("services.notifications.answering._SPACING", timedelta())
    door = import_module("services.notifications.handlers.take_requests").handler
    return World(vendor, door, bench)


def link(world: World, chat: str = "9") -> None:
    """The app says that the chat is alice's, and what she follows."""
    channels = [{"kind": "telegram", "address": chat, "verified": True}]
    table = SubscriptionsTable(world.bench.table("Subscriptions"))
    table.set_contact(a_contact(channels=channels), "contact-1")
    rule = AlertRule(kind="price_move", threshold=Decimal(5))
    table.follow(Follow("alice", "GME", (rule,), "follow-1"), at=NOON, admitted=True)


def hear(world: World) -> None:
    """What the bus told of the market."""
    table = world.bench.table("History")
    history, board = HistoryTable(table), BoardRows(table)
    for day, close in (("2021-01-22", "65.01"), ("2021-01-25", "76.79"), ("2021-01-26", "147.98")):
        history.put(a_bar(date=day, close=close, open=close, high=close, low=close))
    history.put(a_quote(as_of=NOON))
    board.keep_summary(a_summary())
    board.keep_ranking(a_ranking())
    board.keep_collection(
        CollectionCompletedV1(
            collection="reddit", window_start=NOON, window_end=NOON, found=20, new=12, failed=0
        )
    )
