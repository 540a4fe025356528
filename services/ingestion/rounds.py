"""Rounds through all posts, in the sources table: how far the one of each source has come."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.events.envelope import instant_text
from services.ingestion.forgetting import Round

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class RoundsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def last(self, source: str) -> Round | None:
        item: Any = self._table.get_item(Key=_key(source), ConsistentRead=True).get("Item")
        if item is None:
            return None
        counts = {name: int(item[name]) for name in ("asked", "gone", "unanswered")}
        return Round(datetime.fromisoformat(item["began_at"]), item.get("after"), **counts)

    def keep(self, source: str, walk: Round) -> None:
        item = {
            "began_at": instant_text(walk.began_at),
            "after": walk.after,
            "asked": walk.asked,
            "gone": walk.gone,
            "unanswered": walk.unanswered,
        }
        self._table.put_item(Item=_key(source) | {k: v for k, v in item.items() if v is not None})


def _key(source: str) -> dict[str, str]:
    return {"pk": f"ROUND#{source}"}
