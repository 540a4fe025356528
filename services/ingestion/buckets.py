"""Budgets in the sources table: a bucket in several rows, so that no row is everybody's."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from services.ingestion.pacing import Bucket, Rate, refilled, wait

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_ROUNDS = 3
_A_MOMENT = timedelta(seconds=1)


class BucketsTable:
    def __init__(self, table: "Table", rate: Rate, shards: int = 2) -> None:
        self._table, self._rate, self._shards = table, rate.shared(shards), shards

    def take(self, name: str, now: datetime) -> timedelta:
        """Takes a token and gives zero, or takes none and gives how long to wait for one."""
        first = now.microsecond
        waits = [_A_MOMENT]
        for shard in range(first, first + self._shards):
            key = f"BUDGET#{name}#{shard % self._shards}"
            waits.append(self._take_from(key, now))
            if not waits[-1]:
                return timedelta()
        return min(waits[1:])

    def _take_from(self, key: str, now: datetime) -> timedelta:
        for _ in range(_ROUNDS):
            stood = self._table.get_item(Key={"pk": key}, ConsistentRead=True).get("Item")
            before = Bucket(Decimal(str(stood["tokens"])), _moment(str(stood["at"]))) if stood else None
            bucket = refilled(before, self._rate, now)
            if delay := wait(bucket, self._rate):
                return delay
            if self._put(key, Bucket(bucket.tokens - 1, bucket.at), before):
                return timedelta()
        return _A_MOMENT

    def _put(self, key: str, bucket: Bucket, before: Bucket | None) -> bool:
        """False if another took from it meanwhile."""
        unchanged = "attribute_not_exists(pk) OR (tokens = :tokens AND #at = :at)"
        stood = before or Bucket(Decimal(-1), bucket.at)
        try:
            self._table.put_item(
                Item={"pk": key, "tokens": bucket.tokens, "at": _text(bucket.at)},
                ConditionExpression=unchanged,
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":tokens": stood.tokens, ":at": _text(stood.at)},
            )
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
