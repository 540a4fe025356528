"""What is wrong with what reaches the bot, in one chat, for it leaves nothing behind."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.integration.notifications.bot_chat import (
    SECRET,
    Vendors,
    World,
    an_update,
    link,
    opened,
)
from tests.integration.notifications.vendors import TAKEN, stand_in


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """One chat for the many tests of what goes wrong, which leave nothing behind."""
    with pytest.MonkeyPatch.context() as monkeypatch, ExitStack() as stack:
        vendor = stack.enter_context(stand_in(TAKEN, kind=Vendors))
        found = opened(stack, vendor, "9,linked", monkeypatch)
        link(found)
        yield found


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("/follow", "Name a ticker"),
        ("/follow <script>", "Name a ticker"),
        ("/follow GME ten", "Write a number"),
        ("/follow GME -1", "Write a number"),
        ("/follow GME 1e400", "Write a number"),
        ("/follow GME NaN", "Write a number"),
        ("/quiet", "Write from when to when"),
        ("/quiet 25:00 7:00", "Write from when to when"),
        ("/download everything", "There is /download"),
    ],
)
def test_what_cannot_be_followed_is_told_with_what_to_write(shared: World, words: str, told: str) -> None:
    assert shared.write(words).startswith(told)
    assert shared.bench.announced() == []


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "ü"])
def test_without_the_secret_token_it_is_401(shared: World, secret: str | None) -> None:
    before = len(shared.said())
    assert shared.post(an_update(1, "/help"), secret) == 401
    shared.work()
    assert len(shared.said()) == before


ODD: list[Any] = [
    "not json",
    "[]",
    "null",
    "7",
    '{"update_id": 1}',
    {"update_id": "x", "message": an_update(1, "/help")["message"]},
    {"update_id": -1, "message": an_update(1, "/help")["message"]},
    {"update_id": 2**63, "message": an_update(1, "/help")["message"]},
    {"message": an_update(1, "/help")["message"]},
    {"update_id": 1, "edited_message": an_update(1, "/help")["message"]},
    {"update_id": 1, "channel_post": an_update(1, "/help")["message"]},
    {"update_id": 1, "poll": {}},
    {"update_id": 1, "callback_query": {"id": "1"}},
    {"update_id": 1, "callback_query": {"id": "1", "from": {}, "data": 7, "message": {}}},
    {"update_id": 1, "message": {"chat": {"id": "x"}, "text": "/help", "from": {}}},
    {"update_id": 1, "message": {"chat": {"id": 9}, "from": {"is_bot": True}, "text": "/help"}},
    {"update_id": 1, "message": {"chat": {"id": 9}, "from": {}}},
    {"update_id": 1, "message": {"chat": {"id": 9}, "from": {}, "text": None}},
    '{"a":' * 1200 + "1" + "}" * 1200,
    "x" * 200_000,
]


@pytest.mark.parametrize("update", ODD, ids=range(len(ODD)))
def test_with_it_everything_is_200_and_what_is_odd_is_let_lie(shared: World, update: Any) -> None:
    before = len(shared.said())
    assert shared.post(update) == 200
    shared.work()
    assert len(shared.said()) == before


@pytest.mark.parametrize(
    "text",
    ["/start " + "x" * 65, "/" + "x" * 4097, "/help" * 900, "/\u202egnp", "/", "/ help", "/start@", "//"],
)
def test_odd_commands_are_answered_in_words(shared: World, text: str) -> None:
    assert shared.write(text) != ""


def test_a_bad_button_is_answered_as_no_command(shared: World) -> None:
    for data in ("x", "9999|/screen", "1|", "|/screen", "-1|/screen", "1|/nonsense"):
        assert shared.press(data)["text"]
