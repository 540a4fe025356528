"""Which rankings were told, beside the runs: one item per universe, session and tick."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from contracts.events.market_data import DrawdownsRankedV1
from services.market_data.stamps import stamp

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class RankingsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def told(self, universe: str, day: date, due_at: datetime) -> DrawdownsRankedV1 | None:
        """What the tick due then announced, none when it has not yet."""
        item: Any = self._table.get_item(Key=_key(universe, day, due_at), ConsistentRead=True).get("Item")
        return DrawdownsRankedV1.read(item["told"]) if item else None

    def keep(self, told: DrawdownsRankedV1, due_at: datetime) -> DrawdownsRankedV1:
        """Gives the one that stands: the first."""
        key = _key(told.universe, told.date, due_at)
        item: Any = {**key, "told": told.model_dump(mode="json", exclude_none=True)}
        try:
            self._table.put_item(Item=item, ConditionExpression=Attr("pk").not_exists())
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return self.told(told.universe, told.date, due_at) or told
        return told


def _key(universe: str, day: date, due_at: datetime) -> dict[str, str]:
    return {"pk": f"RANKING#{universe}", "sk": f"SESSION#{day.isoformat()}#DUE#{stamp(due_at)}"}
