"""Searches in the coverage table: when each ticker last had its turn in a community, one item each."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from services.ingestion.searching import Turn

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class SearchesTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def last(self, source: str, community: str) -> dict[str, datetime]:
        """When each ticker last had its turn."""
        wanted: Any = {
            "KeyConditionExpression": Key("pk").eq(_key(source, community)),
            "ConsistentRead": True,
        }
        items, page = list[Any](), self._table.query(**wanted)
        while start := page.get("LastEvaluatedKey"):
            items += page["Items"]
            page = self._table.query(**wanted, ExclusiveStartKey=start)
        return {item["sk"]: datetime.fromisoformat(item["at"]) for item in [*items, *page["Items"]]}

    def note(self, source: str, turn: Turn, at: datetime) -> None:
        stamp = at.astimezone(UTC).isoformat(timespec="microseconds")
        self._table.put_item(Item={"pk": _key(source, turn.community), "sk": turn.ticker, "at": stamp})


def _key(source: str, community: str) -> str:
    return f"SEARCHED#{source}#{community}"
