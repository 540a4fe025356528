"""Takes what SES says of mails, through SNS: nothing is believed or fetched before a signature is checked."""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from services.notifications.replying import Problem, Reply, Request, answered, json_object, raw_body
from services.notifications.taken import Clock, Enqueue, FeedbackTaken, wrapped

_CONFIRM = re.compile(
    r"^https://sns\.[a-z0-9-]{4,24}\.amazonaws\.com(\.cn)?/\?Action=ConfirmSubscription&[\w=&%:.~+-]+$"
)
_MOST = 50
"""Recipients of one mail that SES tells of."""

Verified = Callable[[Mapping[str, Any]], bool]


def take_feedback(request: Request, *, topic: str, verified: Verified, enqueue: Enqueue, now: Clock) -> Reply:
    """401 for what our topic did not sign, whatever else is wrong with it."""
    message = json_object(raw_body(request))
    if not topic or message.get("TopicArn") != topic or not verified(message):
        raise Problem(HTTPStatus.UNAUTHORIZED, "this was not signed by our topic; nothing was read of it")
    if taken := _taken(message):
        enqueue(wrapped(taken, now()))
    return answered({"taken": taken is not None})


def _taken(message: Mapping[str, Any]) -> FeedbackTaken | None:
    """None for what is no news to us: a bounce that may pass, a delivery, a topic's farewell."""
    own = str(message["MessageId"])
    if message["Type"] == "SubscriptionConfirmation":
        address = str(message["SubscribeURL"])
        if not _CONFIRM.fullmatch(address):
            raise Problem(HTTPStatus.BAD_REQUEST, "SubscribeURL: is not at SNS", "SubscribeURL")
        return FeedbackTaken(message_id=own, kind="confirmation", confirm=address)
    if message["Type"] != "Notification":
        return None
    try:
        told = json.loads(message["Message"])
        return _feedback(own, told) if isinstance(told, dict) else None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "Message: is not what SES sends", "Message") from error


def _feedback(own: str, told: Mapping[str, Any]) -> FeedbackTaken | None:
    kind = told.get("notificationType") or told.get("eventType")
    if kind == "Bounce" and told["bounce"]["bounceType"] == "Permanent":
        bounce = told["bounce"]
        return FeedbackTaken(
            message_id=own,
            kind="bounce",
            why=f"bounced: {bounce.get('bounceSubType', '')}"[:100],
            recipients=_addresses(bounce["bouncedRecipients"]),
        )
    if kind == "Complaint":
        complaint = told["complaint"]
        why = f"complained: {complaint.get('complaintFeedbackType') or 'as spam'}"[:100]
        recipients = _addresses(complaint["complainedRecipients"])
        return FeedbackTaken(message_id=own, kind="complaint", why=why, recipients=recipients)
    return None


def _addresses(recipients: Any) -> tuple[str, ...]:
    return tuple(str(one["emailAddress"])[:320] for one in recipients[:_MOST])
