"""The table of posts told of: which events hold a post's words, and whether the post is gone."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class PostsToldTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def note(self, post_id: str, events: Collection[str]) -> bool:
        """Adds events that hold a post's words; says whether the post was removed."""
        return "removed" in self._update(post_id, "ADD #events :events", "events", set(events))

    def remove(self, post_id: str) -> frozenset[str]:
        """Notes the removal, for good; gives the events that hold its words."""
        item = self._update(post_id, "SET #removed = :removed", "removed", True)
        return frozenset(item.get("events", ()))

    def _update(self, post_id: str, expression: str, name: str, value: Any) -> Any:
        answer = self._table.update_item(
            Key={"pk": f"POST#{post_id}"},
            UpdateExpression=expression,
            ExpressionAttributeNames={f"#{name}": name},
            ExpressionAttributeValues={f":{name}": value},
            ReturnValues="ALL_NEW",
        )
        return answer["Attributes"]
