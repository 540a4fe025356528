"""Who wrote a post, without saying who: within a month the same author gives the same hash."""

import hmac
from datetime import UTC, datetime


def pseudonym(source: str, author: str | None, at: datetime, *, salt: str) -> str | None:
    """128 bits of HMAC-SHA256 over source and name as hex, whatever the case; none for nobody known.

    The key is made from *salt* for the month (UTC) of *at*, when the post was written: what somebody wrote in
    one month cannot be joined with what they wrote in another, and a post read again keeps its author.
    """
    if author is None:
        return None
    key = _digest(salt.encode(), f"authors of {at.astimezone(UTC):%Y-%m}")
    return _digest(key, f"{source}:{author.casefold()}")[:16].hex()


def _digest(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256")
