"""Turning mail off by a link in it: one click of the mail client (RFC 8058), or a page with one button."""

from http import HTTPStatus

from services.notifications.channels import Secret
from services.notifications.replying import Problem, Reply, Request, answered, shown
from services.notifications.signing import opened, signed
from services.notifications.taken import Clock, Enqueue, UnsubscribeTaken, wrapped

PURPOSE = "unsubscribe"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fewer mails</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a">
<main style="max-width:420px;margin:10vh auto"><h1 style="font-size:20px">Turn off mail to this address?</h1>
<p>Alerts stay in your inbox in the app. Mail can be turned on again there.</p>
<form method="post"><button style="font:inherit;padding:8px 16px">Turn mail off</button></form>
</main></body></html>"""


def unsubscribe_link(key: str, base: str, user_id: str, address_key: str) -> str:
    return f"{base}?t={signed(key, PURPOSE, user_id, address_key)}"


def show_unsubscribe(request: Request, *, secret: Secret) -> Reply:
    """A page, for what a link opens must change nothing: scanners of mail open every link."""
    _opened(request, secret)
    return shown(_PAGE)


def take_unsubscribe(request: Request, *, secret: Secret, enqueue: Enqueue, now: Clock) -> Reply:
    user_id, address_key = _opened(request, secret)
    at = now()
    enqueue(wrapped(UnsubscribeTaken(user_id=user_id, address_key=address_key, at=at), at))
    return answered({"mail": "off"}, HTTPStatus.ACCEPTED)


def _opened(request: Request, secret: Secret) -> tuple[str, str]:
    token = (request.get("queryStringParameters") or {}).get("t")
    parts = opened(secret("signing_key"), PURPOSE, token if isinstance(token, str) else None)
    if parts is None or len(parts) != 2:
        raise Problem(HTTPStatus.UNAUTHORIZED, "t: this link is not one of ours; use the one in a mail", "t")
    return parts[0], parts[1]
