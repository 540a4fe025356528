"""Requests as API Gateway hands them over, and the signatures their senders put on them."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

SIGNING_KEY = "a key of ours"
RELAY_KEY = f"whsec_{base64.b64encode(b'the relay key, 24 bytes!').decode()}"
SLACK_KEY = "the slack secret"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/"


def request(
    path: str,
    body: bytes | str = b"",
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    encoded: bool = False,
) -> dict[str, Any]:
    raw = body.encode() if isinstance(body, str) else body
    sent = base64.b64encode(raw).decode() if encoded else raw.decode(errors="replace")
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers or {},
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "queryStringParameters": query,
        "body": sent,
        "isBase64Encoded": encoded,
        "requestContext": {"requestId": "r-1"},
    }


def standard(body: bytes, *, own: str = "msg_1", key: str = RELAY_KEY) -> dict[str, str]:
    moment = datetime.now(UTC)
    signature = Webhook(key).sign(own, moment, body.decode())
    stamp = str(int(moment.timestamp()))
    return {"webhook-id": own, "webhook-timestamp": stamp, "webhook-signature": signature}


def slack(body: bytes, *, key: str = SLACK_KEY, stamp: int | None = None) -> dict[str, str]:
    moment = str(stamp if stamp is not None else int(datetime.now(UTC).timestamp()))
    mac = hmac.new(key.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={mac}"}


def report(**data: Any) -> bytes:
    given = {"title": "Disk is full", "message": "97 % of /var", "host": "db-1"} | data
    return json.dumps({"type": "monitor.alert", "timestamp": "2021-01-27T17:00:00Z", "data": given}).encode()
