"""Leases in the sources table: a source is one worker's at a time, for a while."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class LeasesTable:
    def __init__(self, table: "Table") -> None:
        self._table = table
        self._taken = table.meta.client.exceptions.ConditionalCheckFailedException

    def take(self, source: str, holder: str, now: datetime, until: datetime) -> bool:
        """False while another holds it; who holds it may take it again."""
        try:
            self._table.put_item(
                Item={"pk": _key(source), "holder": holder, "held_until": _text(until)},
                ConditionExpression="attribute_not_exists(pk) OR held_until < :now OR holder = :holder",
                ExpressionAttributeValues={":now": _text(now), ":holder": holder},
            )
        except self._taken:
            return False
        return True

    def give_back(self, source: str, holder: str) -> None:
        """Nothing happens where it is another's by now."""
        try:
            self._table.delete_item(
                Key={"pk": _key(source)},
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={":holder": holder},
            )
        except self._taken:
            return


def _key(source: str) -> str:
    return f"LEASE#{source}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
