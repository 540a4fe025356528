"""Which rankings were told, beside the runs: one item per universe, session and tick."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
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

    def latest(self, universe: str, day: date | None) -> DrawdownsRankedV1 | None:
        """The newest told, of *day* where one is given; none when there is none."""
        of = Key("sk").begins_with(_of_day(day) if day else _SESSIONS)
        wanted = Key("pk").eq(_pk(universe)) & of
        found: Any = self._table.query(KeyConditionExpression=wanted, ScanIndexForward=False, Limit=1)[
            "Items"
        ]
        return DrawdownsRankedV1.read(found[0]["told"]) if found else None

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


_SESSIONS = "SESSION#"


def _pk(universe: str) -> str:
    return f"RANKING#{universe}"


def _of_day(day: date) -> str:
    return f"{_SESSIONS}{day.isoformat()}#DUE#"


def _key(universe: str, day: date, due_at: datetime) -> dict[str, str]:
    return {"pk": _pk(universe), "sk": f"{_of_day(day)}{stamp(due_at)}"}
