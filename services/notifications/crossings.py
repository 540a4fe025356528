"""Since when the take-profit line is passed: one row beside the ledger's entries, which does not expire."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.notifications.figures import sortable

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_KEY = {"pk": "SIGNAL#take-profit"}


class CrossingsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def look(self, *, above: bool, at: datetime) -> datetime | None:
        """Raises where another look was faster: the tick comes again."""
        known: Any = self._table.get_item(Key=_KEY, ConsistentRead=True).get("Item") or {
            "at": "",
            "since": "",
        }
        if known["at"] > sortable(at):
            return None
        since = (known["since"] or sortable(at)) if above else ""
        self._table.put_item(
            Item={**_KEY, "at": sortable(at), "since": since},
            ConditionExpression="attribute_not_exists(pk) OR #at = :seen",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":seen": known["at"]},
        )
        return datetime.fromisoformat(since) if since else None
