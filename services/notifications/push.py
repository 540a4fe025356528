"""Web push: encrypted for one browser, signed with our VAPID key, to push services alone."""

import json
import re
from threading import Thread
from typing import TYPE_CHECKING, Any

from contracts.events.notifications import AlertFiredV1
from services.notifications.browsers import why_not
from services.notifications.channels import Delivered, Gone, Outcome, Refused, Secret, Wait, not_set_up
from services.notifications.plain import cut, one_line, plain

if TYPE_CHECKING:
    from requests import Response, Session

_CONNECT, _READ, _WHOLE = 3, 5, 9
"""Seconds: to connect, between two bytes, and for the whole push."""
_PAUSE = 60
_KEPT = 24 * 60 * 60
"""Seconds a push service keeps the message for a browser that sleeps."""
_TITLE, _SHOWN = 100, 800
"""Characters: a push is at most 4,096 bytes, encrypted."""
_LINES = 3
"""Alerts of a digest that are named."""
_RECEIPT = re.compile(r" \(tape why n-[\w-]+\)$")


class PushUnanswered(Exception):
    """No answer came in time; whether the push was taken is not known."""


class Push:
    """Keys: `vapid_private_key`, as base64url, and `vapid_subject`, a mailto: or https: of the operator's."""

    def __init__(self, secret: Secret, session: "Session | None" = None) -> None:
        self._secret, self._session = secret, session

    def send(self, address: str, alert: AlertFiredV1) -> Outcome:
        """*address* is a subscription as JSON."""
        key, subject = self._secret("vapid_private_key"), self._secret("vapid_subject")
        if not key or not subject:
            return not_set_up("push")
        browser = json.loads(address)
        if why := why_not(browser["endpoint"]):
            return Gone(f"push: the address {why}")
        return _within(_WHOLE, lambda: self._push(browser, shown(alert), key, subject))

    def _push(self, browser: dict[str, Any], shown: str, key: str, subject: str) -> Outcome:
        from pywebpush import WebPushException, webpush  # here: only who pushes pays for it
        from requests import TooManyRedirects

        try:
            webpush(
                browser,
                shown,
                vapid_private_key=key,
                vapid_claims={"sub": subject},
                timeout=(_CONNECT, _READ),
                ttl=_KEPT,
                headers={"Urgency": "normal"},
                requests_session=self._own_session(),
            )
        except TooManyRedirects:
            return Refused("push: the push service answered with a redirect, which is not followed")
        except WebPushException as error:
            return _not_taken(error.response)
        return Delivered()

    def _own_session(self) -> "Session":
        """Follows no redirect and takes no proxy from the environment."""
        if self._session is None:
            from requests import Session

            self._session = Session()
        self._session.max_redirects, self._session.trust_env = 0, False
        return self._session


def _not_taken(response: "Response | None") -> Outcome:
    if response is None:
        return Refused("push: the subscription's keys cannot be used")
    told = f"push: {response.status_code} {response.reason}"
    if response.status_code in (404, 410):
        return Gone(told)
    if response.status_code == 429 or response.status_code >= 500:
        asked = response.headers.get("Retry-After", "")
        return Wait(int(asked) if asked.isdigit() else _PAUSE, told)
    return Refused(told)


def shown(alert: AlertFiredV1) -> str:
    told = {
        "title": cut(one_line(alert.title), _TITLE),
        "body": cut(plain(_body(alert)), _SHOWN),
        "tag": alert.notification_id,
        "why": f"why/{alert.notification_id}",
    }
    return json.dumps(told, ensure_ascii=False)


def _body(alert: AlertFiredV1) -> str:
    """Of a digest its first lines without their receipts: its title says how many there are."""
    *paragraphs, _ = alert.body.split("\n\n")
    told = "\n".join(paragraphs)
    if not alert.digest:
        return told
    lines = [_RECEIPT.sub("", line) for line in told.split("\n")]
    return "\n".join(lines[:_LINES] + ["…"] * (len(lines) > _LINES))


def _within(seconds: float, push: Any) -> Outcome:
    """A peer that sends a byte now and then never times out by itself, so the whole is timed here."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(push())
        except Exception as error:  # carried over to the thread that waits
            ended.append(error)

    worker = Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if not ended:
        raise PushUnanswered(f"no answer within {seconds} s")
    if isinstance(ended[0], Exception):
        raise ended[0]
    outcome: Outcome = ended[0]
    return outcome
