"""The coverage table: which stretches of a community's time were looked through, one item each."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from services.ingestion.collecting import Window

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class CoverageTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def latest(self, source: str, community: str, until: datetime) -> Window | None:
        """The last window that ends at *until* or before."""
        ended = Key("pk").eq(_community(source, community)) & Key("sk").lte(_sortable(until))
        answer = self._table.query(
            KeyConditionExpression=ended, ScanIndexForward=False, Limit=1, ConsistentRead=True
        )
        return next((_window(community, item) for item in answer["Items"]), None)

    def keep(self, source: str, window: Window) -> None:
        item: dict[str, Any] = {
            "pk": _community(source, window.community),
            "sk": _sortable(window.end),
            "start": _sortable(window.start),
            "found": window.found,
            "new": window.new,
            "failed": window.failed,
        }
        if window.gap_end:
            item["gap_end"] = _sortable(window.gap_end)
        self._table.put_item(Item=item)


def _window(community: str, item: dict[str, Any]) -> Window:
    return Window(
        community,
        datetime.fromisoformat(item["start"]),
        datetime.fromisoformat(item["sk"]),
        found=int(item["found"]),
        new=int(item["new"]),
        failed=int(item["failed"]),
        gap_end=datetime.fromisoformat(item["gap_end"]) if "gap_end" in item else None,
    )


def _community(source: str, community: str) -> str:
    return f"COMMUNITY#{source}#{community}"


def _sortable(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
