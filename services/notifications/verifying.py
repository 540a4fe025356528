"""Whether a webhook is from whom it says: Standard Webhooks and Slack, each by its own library."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.notifications.channels import Secret
from services.notifications.replying import Request, header

_ID = re.compile(r"^[A-Za-z0-9_.:-]{1,200}$")
_STAMP = re.compile(r"^[0-9]{1,12}$")
_SIGNATURE = re.compile(r"^v1,([A-Za-z0-9+/]{43}=)$")
_SIGNATURES = 5
"""Signatures a message may bear: its sender may be changing keys."""


@dataclass(frozen=True)
class Genuine:
    """A message by a sender we know; *own* is the id the sender gave it, where the headers tell."""

    sender: str
    own: str = ""


def genuine(request: Request, body: bytes, secret: Secret) -> Genuine | None:
    """None for everything else: no key, no signature, a wrong, old or malformed one. Never raises."""
    if header(request, "x-slack-signature") is not None:
        return Genuine("slack") if _never_raises(lambda: _slack(request, body, secret)) else None
    own = header(request, "webhook-id") or ""
    return Genuine("monitor", own) if _never_raises(lambda: _standard(request, body, secret)) else None


def _never_raises(check: Callable[[], bool]) -> bool:
    # The libraries raise half a dozen kinds of errors on hostile headers and bodies; all of them mean no.
    try:
        return check()
    except Exception:
        return False


def _standard(request: Request, body: bytes, secret: Secret) -> bool:
    """Under any of the keys in `relay_secrets`, parted by blanks, so that a key can be changed."""
    from standardwebhooks import Webhook

    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    given = {name: header(request, name) or "" for name in names}
    if not (_ID.fullmatch(given["webhook-id"]) and _STAMP.match(given["webhook-timestamp"])):
        return False
    given["webhook-signature"] = " ".join(_canonical(given["webhook-signature"]))
    keys = (secret("relay_secrets") or "").split()
    return any(_never_raises(lambda key=key: _signed(Webhook(key), body, given)) for key in keys)  # type: ignore[misc]


def _signed(webhook: object, body: bytes, given: Mapping[str, str]) -> bool:
    webhook.verify(body, given, json_parse=False)  # type: ignore[attr-defined]
    return True


def _canonical(signatures: str) -> list[str]:
    """Those that are written the one way base64 writes them; the library would take others for the same."""
    kept = []
    for one in signatures.split(" ")[:_SIGNATURES]:
        found = _SIGNATURE.fullmatch(one)
        if found and b64encode(b64decode(found[1])).decode() == found[1]:
            kept.append(one)
    return kept


def _slack(request: Request, body: bytes, secret: Secret) -> bool:
    from slack_sdk.signature import SignatureVerifier

    key = secret("slack_signing_secret")
    stamp = header(request, "x-slack-request-timestamp") or ""
    if not key or not _STAMP.fullmatch(stamp):
        return False
    signature = header(request, "x-slack-signature")
    return SignatureVerifier(key).is_valid(body=body, timestamp=stamp, signature=signature)
