"""A browser's push subscription: what we take from an app, and the only places we push to."""

import hashlib
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

HOSTS = ("fcm.googleapis.com", "web.push.apple.com")
FAMILIES = (".push.services.mozilla.com", ".notify.windows.com")
"""The push services of the browsers; every other place is refused, at the door and again at each push."""
LONGEST = 2048
_ADDRESS = re.compile(r"^https://[a-z0-9.-]+(:443)?/[A-Za-z0-9._~:/?=&%+-]+$")
_FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
_CURVE_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""P-256 (NIST FIPS 186-4): y² = x³ − 3x + b over the field."""


class SubscriptionRefused(ValueError):
    """*field* says where; the text what is wrong and what to send."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field


@dataclass(frozen=True)
class Browser:
    endpoint: str
    p256dh: str
    auth: str

    def as_json(self) -> str:
        """The same text for the same subscription."""
        keys = {"auth": self.auth, "p256dh": self.p256dh}
        return json.dumps({"endpoint": self.endpoint, "keys": keys}, sort_keys=True)


def browser_id(endpoint: str) -> str:
    """A browser's name among those of its user (128 bits of SHA-256)."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:32]


def why_not(endpoint: str) -> str | None:
    """Why nothing may be pushed to *endpoint*; none where it is a push service's."""
    if len(endpoint) > LONGEST:
        return f"is over {LONGEST} characters"
    if not _ADDRESS.fullmatch(endpoint) or ".." in endpoint or "%2f" in endpoint.lower():
        return "is no https address of a push service"
    host = urlsplit(endpoint).hostname or ""
    if host in HOSTS or (host.endswith(FAMILIES) and ".." not in host and not host.startswith((".", "-"))):
        return None
    return "is at no push service we know"


def browser(body: Any) -> Browser:
    """A subscription as `PushSubscription.toJSON()` gives it. Raises SubscriptionRefused naming the field."""
    if not isinstance(body, dict):
        raise SubscriptionRefused("body", "send the JSON of a PushSubscription")
    if unknown := set(body) - {"endpoint", "keys", "expirationTime"}:
        raise SubscriptionRefused(sorted(unknown)[0][:64], "is no part of a PushSubscription; leave it out")
    endpoint, keys = body.get("endpoint"), body.get("keys")
    if not isinstance(endpoint, str) or not endpoint:
        raise SubscriptionRefused("endpoint", "send the subscription's address as text")
    if why := why_not(endpoint):
        raise SubscriptionRefused("endpoint", f"{why}; send what the browser gave")
    if not isinstance(keys, dict) or set(keys) != {"p256dh", "auth"}:
        raise SubscriptionRefused("keys", "send p256dh and auth, as the browser gave them")
    if len(_decoded("keys.auth", keys["auth"])) != 16:
        raise SubscriptionRefused("keys.auth", "is not 16 bytes; send what the browser gave")
    if not _on_curve(_decoded("keys.p256dh", keys["p256dh"])):
        raise SubscriptionRefused("keys.p256dh", "is no point of P-256; send what the browser gave")
    return Browser(endpoint, keys["p256dh"].rstrip("="), keys["auth"].rstrip("="))


def _decoded(field: str, value: Any) -> bytes:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,200}={0,2}", value):
        raise SubscriptionRefused(field, "is not base64url; send what the browser gave")
    try:
        return urlsafe_b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))
    except ValueError as error:
        raise SubscriptionRefused(field, "is not base64url; send what the browser gave") from error


def _on_curve(point: bytes) -> bool:
    if len(point) != 65 or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    return x < _FIELD and y < _FIELD and (y * y - (x * x * x - 3 * x + _CURVE_B)) % _FIELD == 0
