"""The coverage table: which stretches of a community's time were looked through, one item each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from services.ingestion.collecting import Window
from services.ingestion.expecting import Stretch, Week

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

    def covering(self, source: str, community: str, at: datetime) -> Window | None:
        """The window that *at* lies in or ends."""
        ends = Key("pk").eq(_community(source, community)) & Key("sk").gte(_sortable(at))
        answer = self._table.query(KeyConditionExpression=ends, Limit=1, ConsistentRead=True)
        found = next((_window(community, item) for item in answer["Items"]), None)
        return found if found and found.start < at else None

    def keep(self, source: str, window: Window) -> Window:
        """Keeps the window unless one stands that ends with it; gives what stands."""
        if self._put(_item(source, window), Attr("pk").not_exists()):
            return window
        return self.covering(source, window.community, window.end) or window

    def weeks(self, source: str, community: str, stretches: Sequence[Stretch]) -> list[Week]:
        """What was seen of each stretch by the windows that end in it; those with gaps say nothing."""
        return [self._week(_community(source, community), stretch) for stretch in stretches]

    def take_on(self, source: str, due_at: datetime) -> bool:
        """The tick of *due_at* waits for what is left; not if a later one does already."""
        item = {"pk": f"WAITING#{source}", "sk": "TICK", "due_at": _sortable(due_at)}
        return self._put(item, Attr("pk").not_exists() | Attr("due_at").lte(_sortable(due_at)))

    def _week(self, community: str, stretch: Stretch) -> Week:
        ends = Key("pk").eq(community) & Key("sk").between(_sortable(stretch.start), _sortable(stretch.end))
        answer = self._table.query(KeyConditionExpression=ends)
        found = [_window(community, item) for item in answer["Items"]]
        whole = [w for w in found if w.end > stretch.start and w.within is not None and not w.gap_end]
        return Week(sum(w.within or 0 for w in whole), sum((w.end - w.start for w in whole), timedelta()))

    def _put(self, item: dict[str, Any], condition: ConditionBase) -> bool:
        try:
            self._table.put_item(Item=item, ConditionExpression=condition)
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _item(source: str, window: Window) -> dict[str, Any]:
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
    item |= {"within": window.within} if window.within is not None else {}
    item |= {"expected": window.expected} if window.expected is not None else {}
    if window.marks:
        item["marks"] = dict(window.marks)
    return item


def _window(community: str, item: dict[str, Any]) -> Window:
    return Window(
        community,
        datetime.fromisoformat(item["start"]),
        datetime.fromisoformat(item["sk"]),
        found=int(item["found"]),
        new=int(item["new"]),
        failed=int(item["failed"]),
        gap_end=datetime.fromisoformat(item["gap_end"]) if "gap_end" in item else None,
        within=int(item["within"]) if "within" in item else None,
        expected=item.get("expected"),
        marks=item.get("marks", {}),
    )


def _community(source: str, community: str) -> str:
    return f"COMMUNITY#{source}#{community}"


def _sortable(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
