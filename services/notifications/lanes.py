"""The lanes of the channels: rows of the ledger's table that say when the next message may go."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.notifications.pacing import Lane, slot

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_TRIES = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT = timedelta(days=1)


class LaneCrowded(Exception):
    """Others took every moment we asked for; tried again later."""


class LanesTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def slot(
        self, lane: str, *, spacing: timedelta, now: datetime, reserved: datetime | None
    ) -> datetime | None:
        """None: now. Else the moment set aside for this message, which it brings along as *reserved*."""
        for _ in range(_TRIES):
            row = self._row(lane)
            known = _read(row)
            given = slot(known, now=now, reserved=reserved)
            if given == reserved or (not spacing and given <= now):
                return given if given > now else None
            if self._take(lane, row, given + spacing):
                return given if given > now else None
        raise LaneCrowded(lane.split("/")[0])

    def pause(self, lane: str, *, until: datetime) -> None:
        """Until then nothing goes; a pause that ends later stays."""
        self._unless_condition(
            Key=_key(lane),
            UpdateExpression="SET paused_until = :until, expires_at = :expires",
            ConditionExpression="attribute_not_exists(paused_until) OR paused_until < :until",
            ExpressionAttributeValues={":until": _micros(until), ":expires": _expiry(until)},
        )

    def _take(self, lane: str, row: dict[str, Any], free_at: datetime) -> bool:
        """False when another message was faster."""
        unchanged, before = "attribute_not_exists(free_at)", {}
        if "free_at" in row:
            unchanged, before = "free_at = :before", {":before": row["free_at"]}
        return self._unless_condition(
            Key=_key(lane),
            UpdateExpression="SET free_at = :free_at, expires_at = :expires",
            ConditionExpression=unchanged,
            ExpressionAttributeValues={":free_at": _micros(free_at), ":expires": _expiry(free_at), **before},
        )

    def _row(self, lane: str) -> dict[str, Any]:
        return self._table.get_item(Key=_key(lane), ConsistentRead=True).get("Item", {})

    def _unless_condition(self, **update: Any) -> bool:
        try:
            self._table.update_item(**update)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _key(lane: str) -> dict[str, str]:
    # An address is somebody's: its hash paces as well, and need not be erased with them.
    return {"pk": f"LANE#{hashlib.sha256(lane.encode()).hexdigest()[:32]}"}


def _read(row: dict[str, Any]) -> Lane | None:
    return Lane(_moment(row.get("free_at", 0)), _moment(row.get("paused_until", 0))) if row else None


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: Any) -> datetime:
    return _EPOCH + timedelta(microseconds=int(micros))


def _expiry(moment: datetime) -> int:
    return int((moment + _KEPT).timestamp())
