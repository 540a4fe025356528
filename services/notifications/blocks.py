"""What a message looks like in Slack: Block Kit, all of it plain text, within Slack's limits."""

from collections.abc import Sequence
from typing import Any

from contracts.events.notifications import AlertFiredV1
from services.notifications.plain import cut, inert, one_line

Block = dict[str, Any]
_HEADER, _SECTION, _FIELD, _FIELDS, _BLOCKS = 150, 3000, 2000, 10, 50
"""Slack's limits: characters, fields of a section, blocks of a message."""


def alert_blocks(alert: AlertFiredV1, *, correction: str = "") -> list[Block]:
    """Title, what happened and how sure it is, and small below it the receipt."""
    *paragraphs, receipt = alert.body.split("\n\n")
    corrected = [section(correction)] if correction else []
    title = f"Corrected: {alert.title}" if correction else alert.title
    told = [header(title), *corrected, *(section(one) for one in paragraphs)]
    return [*told[: _BLOCKS - 1], small(receipt)]


def header(text: str) -> Block:
    return {"type": "header", "text": _plain(one_line(text), _HEADER)}


def section(text: str) -> Block:
    return {"type": "section", "text": _plain(text, _SECTION)}


def fields(pairs: Sequence[tuple[str, str]]) -> Block:
    """Names above their values, in two columns."""
    told = [_plain(f"{name}\n{value}", _FIELD) for name, value in pairs[:_FIELDS]]
    return {"type": "section", "fields": told}


def small(text: str) -> Block:
    return {"type": "context", "elements": [_plain(text, _FIELD)]}


def fallback(text: str) -> str:
    """What notifications show; the one place Slack reads as markup, hence its three escapes."""
    told = cut(inert(one_line(text)), _SECTION)
    return told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(inert(text), limit), "emoji": False}
