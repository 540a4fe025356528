"""Tokens only we, and an app that holds our key, can make: they name whom they are about, readable by all."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

_TOKEN = re.compile(r"^[A-Za-z0-9_.-]{10,1200}$")


def signed(key: str, purpose: str, *parts: str) -> str:
    """`base64url(part)` of each, joined by points, then HMAC-SHA-256 over the purpose and them."""
    told = ".".join(_text(part.encode()) for part in parts)
    return f"{told}.{_mac(key, purpose, told)}"


def opened(key: str | None, purpose: str, token: str | None) -> Sequence[str] | None:
    """The parts of a token made for this purpose; none for any other text, or without a key."""
    if not key or not token or not _TOKEN.fullmatch(token):
        return None
    told, _, mac = token.rpartition(".")
    if not hmac.compare_digest(mac, _mac(key, purpose, told)):
        return None
    return [_bytes(part).decode() for part in told.split(".")]


def _mac(key: str, purpose: str, told: str) -> str:
    return _text(hmac.new(key.encode(), f"{purpose}.{told}".encode(), hashlib.sha256).digest())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
