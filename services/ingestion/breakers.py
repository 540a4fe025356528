"""Breakers in the sources table: one row a source, shared by all workers; a source that works has none."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from services.ingestion.breaking import Breaker, failed, probed, wait

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_ROUNDS = 3


class BreakersTable:
    def __init__(self, table: "Table") -> None:
        self._table = table
        self._seen: dict[str, Breaker] = {}

    def enter(self, name: str, now: datetime) -> timedelta:
        """Zero when a request may be made; else how long to wait. Where the source rested, one is let in."""
        breaker = self._seen[name] = self._read(name)
        if breaker.shut_until is None:
            return timedelta()
        if delay := wait(breaker, now):
            return delay
        probing = probed(breaker, now)
        return timedelta() if self._put(name, probing, breaker) else wait(probing, now)

    def failed(self, name: str, now: datetime, rest: timedelta | None = None) -> None:
        self._change(name, lambda breaker: failed(breaker, now, rest))

    def worked(self, name: str) -> None:
        """Forgets failures, if there were any when this worker was let in."""
        if self._seen.get(name, Breaker()) != Breaker():
            self._table.delete_item(Key={"pk": _key(name)})
            self._seen[name] = Breaker()

    def _change(self, name: str, change: Callable[[Breaker], Breaker]) -> None:
        for _ in range(_ROUNDS):
            before = self._read(name)
            self._seen[name] = change(before)
            if self._put(name, self._seen[name], before):
                return

    def _read(self, name: str) -> Breaker:
        item: Any = self._table.get_item(Key={"pk": _key(name)}, ConsistentRead=True).get("Item")
        if not item:
            return Breaker()
        shut = item["shut_until"]
        return Breaker(int(item["failures"]), datetime.fromisoformat(shut) if shut else None)

    def _put(self, name: str, breaker: Breaker, before: Breaker) -> bool:
        """False if another worker changed it meanwhile."""
        try:
            self._table.put_item(
                Item={"pk": _key(name), **_fields(breaker)},
                ConditionExpression="attribute_not_exists(pk) OR "
                "(failures = :failures AND shut_until = :shut_until)",
                ExpressionAttributeValues={f":{key}": value for key, value in _fields(before).items()},
            )
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(name: str) -> str:
    return f"BREAKER#{name}"


def _fields(breaker: Breaker) -> dict[str, Any]:
    shut = breaker.shut_until
    return {"failures": breaker.failures, "shut_until": shut.astimezone(UTC).isoformat() if shut else ""}
