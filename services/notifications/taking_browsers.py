"""Takes a browser's push subscription from whoever can show the app's word for who they are."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Protocol

from services.notifications.browsers import Browser, SubscriptionRefused, browser, browser_id
from services.notifications.channels import Secret
from services.notifications.replying import Problem, Reply, Request, answered, header, json_object, raw_body
from services.notifications.signing import opened
from services.notifications.taken import BrowserTaken, Clock, Enqueue, wrapped

PURPOSE = "push"
MOST = 16
"""Browsers a user may have."""
_LONGEST_WORD = timedelta(days=1)
"""An app's word for a user is for a session, not for ever."""


class Browsers(Protocol):
    def push_addresses(self, user_id: str) -> Sequence[str]: ...


def take_browser(
    request: Request, *, secret: Secret, browsers: Browsers, enqueue: Enqueue, now: Clock
) -> Reply:
    """Whose browser it is, says the token alone; a user in the body is an unknown field like any other."""
    user_id = _user(request, secret, now)
    found = _browser(request)
    known = browsers.push_addresses(user_id)
    if found.as_json() in known:
        raise Problem(HTTPStatus.CONFLICT, "endpoint: this browser is subscribed already", "endpoint")
    if len(known) >= MOST:
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, f"a user has at most {MOST} browsers; take one away")
    return _taken(user_id, found, found.as_json(), enqueue, now)


def drop_browser(request: Request, *, secret: Secret, enqueue: Enqueue, now: Clock) -> Reply:
    """A browser that is not known is as gone as one that was."""
    return _taken(_user(request, secret, now), _browser(request), None, enqueue, now)


def tell_key(request: Request, *, secret: Secret) -> Reply:
    """The public VAPID key a browser subscribes with."""
    key = secret("vapid_public_key")
    if not key:
        raise Problem(HTTPStatus.NOT_FOUND, "web push is not set up here")
    return answered({"applicationServerKey": key})


def _taken(user_id: str, found: Browser, subscription: str | None, enqueue: Enqueue, now: Clock) -> Reply:
    at = now()
    own = browser_id(found.endpoint)
    enqueue(wrapped(BrowserTaken(user_id=user_id, browser_id=own, subscription=subscription, at=at), at))
    return answered({"browser": own}, HTTPStatus.ACCEPTED)


def _user(request: Request, secret: Secret, now: Clock) -> str:
    kind, _, token = (header(request, "authorization") or "").partition(" ")
    parts = opened(secret("signing_key"), PURPOSE, token) if kind == "Bearer" else None
    if parts is None or len(parts) != 2 or not parts[1].isdigit():
        raise Problem(HTTPStatus.UNAUTHORIZED, "authorization: send the app's word for the user, `Bearer …`")
    left = int(parts[1]) - now().timestamp()
    if not 0 < left <= _LONGEST_WORD.total_seconds():
        raise Problem(HTTPStatus.UNAUTHORIZED, "authorization: the app's word has expired; ask it again")
    return parts[0]


def _browser(request: Request) -> Browser:
    try:
        return browser(json_object(raw_body(request)))
    except SubscriptionRefused as refused:
        raise Problem(HTTPStatus.BAD_REQUEST, str(refused), refused.field) from refused
