"""Takes what Telegram sends its bot: 401 without the secret token, 200 with it whatever it is."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from services.notifications.channels import Secret
from services.notifications.plain import one_line
from services.notifications.replying import Problem, Reply, Request, answered, header, raw_body
from services.notifications.taken import Clock, Enqueue, UpdateTaken, wrapped

_TOKEN = "x-telegram-bot-api-secret-token"  # noqa: S105  # the header's name
_LONGEST = 300
"""Characters of a command: more is no command, and is not kept."""


def take_update(request: Request, *, secret: Secret, enqueue: Enqueue, now: Clock) -> Reply:
    """Any other answer than 200 makes Telegram send the update again, and again."""
    expected, given = secret("telegram_secret"), header(request, _TOKEN) or ""
    if not expected or not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):
        raise Problem(HTTPStatus.UNAUTHORIZED, f"{_TOKEN}: is not the one this bot was registered with")
    if taken := _taken(request, now()):
        enqueue(wrapped(taken, taken.at))
    return answered({"taken": taken is not None})


def _taken(request: Request, now: datetime) -> UpdateTaken | None:
    """None for what the bot does not answer: channels, edits, other bots, and everything malformed."""
    try:
        told = json.loads(raw_body(request))
        pressed = told.get("callback_query")
        message = pressed["message"] if pressed else told["message"]
        author = (pressed or message)["from"]
        if author.get("is_bot") or not 0 <= int(told["update_id"]) < 2**63:
            return None
        return UpdateTaken(
            update_id=told["update_id"],
            chat=str(int(message["chat"]["id"])),
            text=str(pressed["id"])[:_LONGEST] if pressed else message["text"][:_LONGEST],
            pressed=pressed["data"][:64] if pressed else None,
            message=str(int(message["message_id"])) if pressed else None,
            first_name=one_line(str(author.get("first_name") or ""))[:64] if author.get("first_name") else "",
            at=now if pressed else _sent_at(message, now),
        )
    except (Problem, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _sent_at(message: Mapping[str, Any], now: datetime) -> datetime:
    """When it was written, which a repeat says again; no later than now."""
    stated = message.get("date")
    if not isinstance(stated, int) or not 0 < stated < 2**33:
        return now
    return min(datetime.fromtimestamp(stated, UTC), now)
