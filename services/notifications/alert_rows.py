"""How alerts are written in the evaluations table, and read again."""

import json
import time
from datetime import datetime, timedelta
from typing import Any

from contracts.events.notifications import AlertFiredV1
from services.notifications.alerts import Later
from services.notifications.figures import sortable
from services.notifications.partitions import user_key

_DAY = int(timedelta(days=1).total_seconds())
_KEPT_DAYS = 45


def row(user_id: str, sk: str, at: datetime) -> dict[str, Any]:
    """An item's key, its time, and when it expires: by the clock on the wall, for a recorded day may be
    replayed years later, and to the end of a day, so that a repeat a moment later writes the same."""
    expires = (int(time.time()) // _DAY + _KEPT_DAYS + 1) * _DAY
    return {"pk": user_key(user_id), "sk": sk, "at": sortable(at), "expires_at": expires}


def alert_sk(notification_id: str) -> str:
    return f"ALERT#{notification_id}"


def shown_later(later: Later | None) -> dict[str, Any]:
    if later is None:
        return {}
    return {"channels": list(later.channels), "until": sortable(later.until), "why": later.why}


def read_later(found: dict[str, Any]) -> Later | None:
    if "until" not in found:
        return None
    return Later(tuple(found["channels"]), datetime.fromisoformat(found["until"]), found["why"])


def read_alert(found: dict[str, Any]) -> AlertFiredV1:
    return AlertFiredV1.read(json.loads(found["alert"]))
