"""The alerts that wait for a digest: rows of the evaluations table, found by when they may go."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.events.notifications import AlertFiredV1
from services.notifications.alert_rows import alert_sk, read_alert, read_later, row, shown_later
from services.notifications.alerts import Held
from services.notifications.figures import sortable
from services.notifications.partitions import items, put_once, user_key

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_SHARDS = 4
"""Partitions the waiting alerts are spread over: many quiet hours end at seven."""
_AT_ONCE = 100
"""Items DynamoDB changes in one transaction at most."""


class HeldAlerts:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def hold(self, held: Held) -> None:
        """Keeps an alert for later; one that is kept or released already stays as it is."""
        alert, until = held.alert, sortable(held.later.until)
        name = f"{until}#{alert.notification_id}#{'+'.join(held.later.channels)}"
        shard = zlib.crc32(alert.user_id.encode()) % _SHARDS
        waits = {"held_as": f"HELD#{shard}", "held_until": name}
        kept = row(alert.user_id, f"HELD#{name}", held.at)
        put_once(self._table, {**kept, "alert": alert.model_dump_json(), **shown_later(held.later), **waits})

    def taken(self, *, by: str) -> Sequence[Held]:
        """What the tick of id *by* took when it came before."""
        return [_read(found) for found in self._indexed(f"TICK#{by}")]

    def waiting(self, *, before: datetime) -> Sequence[str]:
        """The users with something that may go by then."""
        # "~" sorts after the "#" that ends the time: due at the very moment is due.
        due = (f for shard in range(_SHARDS) for f in self._indexed(f"HELD#{shard}", f"{sortable(before)}~"))
        return list(dict.fromkeys(found["pk"].removeprefix("USER#") for found in due))

    def take(self, user_id: str, *, by: str, before: datetime) -> Sequence[Held]:
        """What of a user's may go by then, moved to the tick of id *by*: all, or none where another is at it.

        Beyond a hundred, each hundred moves at once.
        """
        due = [
            found
            for found in items(
                self._table.query,
                KeyConditionExpression="pk = :user AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":user": user_key(user_id),
                    ":first": "HELD#",
                    ":last": f"HELD#{sortable(before)}~",
                },
                ConsistentRead=True,
            )
            if found["held_as"].startswith("HELD#")
        ]
        moved: list[dict[str, Any]] = []
        for first in range(0, len(due), _AT_ONCE):
            some = due[first : first + _AT_ONCE]
            if not self._move(some, f"TICK#{by}"):
                break
            moved += some
        return [_read(found) for found in moved]

    def keep_digest(self, digest: AlertFiredV1, *, by: str, at: datetime) -> None:
        """So that a digest, too, can be asked why it came."""
        kept = row(digest.user_id, alert_sk(digest.notification_id), at)
        put_once(self._table, {**kept, "event_id": by, "alert": digest.model_dump_json()})

    def _indexed(self, held_as: str, before: str = "~") -> Iterator[dict[str, Any]]:
        return items(
            self._table.query,
            IndexName="by_held",
            KeyConditionExpression="held_as = :held_as AND held_until < :before",
            ExpressionAttributeValues={":held_as": held_as, ":before": before},
        )

    def _move(self, rows: Sequence[dict[str, Any]], tick: str) -> bool:
        """False when another tick was faster, or the user has gone."""
        client: Any = self._table.meta.client
        updates = [
            {
                "Update": {
                    "TableName": self._table.name,
                    "Key": {"pk": found["pk"], "sk": found["sk"]},
                    "UpdateExpression": "SET held_as = :tick",
                    "ConditionExpression": "held_as = :held_as",
                    "ExpressionAttributeValues": {":tick": tick, ":held_as": found["held_as"]},
                }
            }
            for found in rows
        ]
        try:
            client.transact_write_items(TransactItems=updates)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            return False
        return True


def _read(found: dict[str, Any]) -> Held:
    later = read_later(found)
    assert later is not None
    return Held(read_alert(found), later, datetime.fromisoformat(found["at"]))
