"""Mails a briefing that lies ready, once a reader and date, in its turn among the other mails."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from contracts.events.envelope import Publish
from contracts.events.notifications import AlertFiredV1
from contracts.events.summaries import BriefingPreparedV1
from services.notifications.channels import Outcome
from services.notifications.delivering import Outbound, tell

Post = Callable[[str, BriefingPreparedV1], Outcome]
"""Mails the parts of a briefing to an address."""


def mail_briefing(briefing: BriefingPreparedV1, publish: Publish, *, outbound: Outbound, post: Post) -> None:
    """Safe to repeat: mailed once, announced every time. What waits comes back through the queue."""
    channels = {"email": _Parts(briefing, post)}
    tell(_alert(briefing, publish), publish, outbound=replace(outbound, channels=channels))


@dataclass(frozen=True)
class _Parts:
    """A channel for one briefing, whose words lie elsewhere."""

    briefing: BriefingPreparedV1
    post: Post

    def send(self, address: str, alert: AlertFiredV1) -> Outcome:
        return self.post(address, self.briefing)


def _alert(briefing: BriefingPreparedV1, publish: Publish) -> AlertFiredV1:
    """In the shape channels take, under the briefing's own id: the receipt in the mail. Never announced."""
    return AlertFiredV1.read(
        {
            "notification_id": publish.cause.id,
            "user_id": briefing.user_id,
            "rule": "daily_summary",
            "channels": ["email"],
            "title": " ".join(briefing.subject_line.split()),
            "body": briefing.text_part,
            "reason": f"the {briefing.cadence} briefing of {briefing.date}",
            "occurred_at": publish.cause.time,
            "evidence": [publish.cause.id],
            "digest": True,  # it gathers a day already, so it is never held for a digest
        }
    )
