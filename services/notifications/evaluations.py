"""The evaluations table: by user, what each rule came to, what was fired on a day, and what waits."""

import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.events.notifications import AlertFiredV1
from services.notifications.alerts import Claim, Evaluation, Held, Later, rule_name
from services.notifications.figures import sortable
from services.notifications.partitions import erase, items, user_key

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_SHARDS = 4
"""Partitions the waiting alerts are spread over: many quiet hours end at seven."""
_DAY = int(timedelta(days=1).total_seconds())
_KEPT_DAYS = 45


class EvaluationsTable:
    """*clock* gives seconds since 1970; rows expire by it, for a recorded day may be replayed years later."""

    def __init__(self, table: "Table", *, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = table, clock

    def claim(self, claim: Claim) -> Claim:
        """Takes the alert's place in its day; gives who has it, which may be an earlier event."""
        row = self._row(claim.alert.user_id, f"ALERT#{claim.alert.notification_id}", claim.at)
        row |= {"event_id": claim.event_id, "alert": claim.alert.model_dump_json(), **_later(claim.later)}
        if self._put_once(row):
            return claim
        taken: Any = self._table.get_item(Key={"pk": row["pk"], "sk": row["sk"]}, ConsistentRead=True)
        return _read_claim(taken["Item"])

    def hold(self, held: Held) -> None:
        """Keeps an alert for later; one that is kept or released already stays as it is."""
        alert, until = held.alert, sortable(held.later.until)
        channels = "+".join(held.later.channels)
        row = self._row(alert.user_id, f"HELD#{until}#{alert.notification_id}#{channels}", held.at)
        shard = zlib.crc32(alert.user_id.encode()) % _SHARDS
        waits = {"held_as": f"HELD#{shard}", "held_until": f"{until}#{alert.notification_id}"}
        self._put_once({**row, "alert": alert.model_dump_json(), **_later(held.later), **waits})

    def take(self, *, by: str, before: datetime) -> Sequence[Held]:
        """What may go by then, moved to the tick of id *by*. A tick that comes again finds what it took."""
        if mine := list(self._waiting(f"TICK#{by}", before)):
            return [_read_held(row) for row in mine]
        due = [row for shard in range(_SHARDS) for row in self._waiting(f"HELD#{shard}", before)]
        return [_read_held(row) for row in due if self._move(row, f"TICK#{by}")]

    def keep(self, evaluations: Sequence[Evaluation]) -> None:
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for evaluation in evaluations:
                batch.put_item(Item=self._evaluation(evaluation))

    def erase(self, user_id: str, *, before: datetime) -> None:
        erase(self._table, user_id, before)

    def _waiting(self, held_as: str, before: datetime) -> Iterator[dict[str, Any]]:
        # "~" sorts after the "#" that ends the time: due at the very moment is due.
        values = {":held_as": held_as, ":before": f"{sortable(before)}~"}
        return items(
            self._table.query,
            IndexName="by_held",
            KeyConditionExpression="held_as = :held_as AND held_until < :before",
            ExpressionAttributeValues=values,
        )

    def _move(self, row: dict[str, Any], tick: str) -> bool:
        """False when another tick was faster, or the user has gone."""
        try:
            self._table.update_item(
                Key={"pk": row["pk"], "sk": row["sk"]},
                UpdateExpression="SET held_as = :tick",
                ConditionExpression="held_as = :held_as",
                ExpressionAttributeValues={":tick": tick, ":held_as": row["held_as"]},
            )
        except ClientError as error:
            return _unless_condition(error)
        return True

    def _put_once(self, row: dict[str, Any]) -> bool:
        try:
            self._table.put_item(Item=row, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            return _unless_condition(error)
        return True

    def _row(self, user_id: str, sk: str, at: datetime) -> dict[str, Any]:
        # To the end of a day, so that a repeat a moment later writes the same row.
        expires = (int(self._clock()) // _DAY + _KEPT_DAYS + 1) * _DAY
        return {"pk": user_key(user_id), "sk": sk, "at": sortable(at), "expires_at": expires}

    def _evaluation(self, one: Evaluation) -> dict[str, Any]:
        ticker, at = one.ticker or "-", sortable(one.at)
        sk = f"EVALUATION#{ticker}#{rule_name(one.rule)}#{at}#{one.event_id}"
        told = {
            "user_id": one.user_id,
            "ticker": ticker,
            "rule": one.rule.kind,
            "threshold": one.rule.threshold,
            "event_id": one.event_id,
            "event_type": one.event_type,
            "outcome": one.outcome,
            "reason": one.reason,
            "short_by": one.short_by,
            "figures": dict(one.figures),
            "notification_id": one.notification_id,
        }
        return self._row(one.user_id, sk, one.at) | {k: v for k, v in told.items() if v is not None}


def _unless_condition(error: ClientError) -> bool:
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    return False


def _later(later: Later | None) -> dict[str, Any]:
    return {"channels": list(later.channels), "until": sortable(later.until)} if later else {}


def _read_later(row: dict[str, Any]) -> Later | None:
    return Later(tuple(row["channels"]), datetime.fromisoformat(row["until"])) if "until" in row else None


def _read_claim(row: dict[str, Any]) -> Claim:
    return Claim(_alert(row), row["event_id"], datetime.fromisoformat(row["at"]), _read_later(row))


def _read_held(row: dict[str, Any]) -> Held:
    later = _read_later(row)
    assert later is not None
    return Held(_alert(row), later, datetime.fromisoformat(row["at"]))


def _alert(row: dict[str, Any]) -> AlertFiredV1:
    return AlertFiredV1.read(json.loads(row["alert"]))
