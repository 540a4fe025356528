"""The bars table: one item per ticker and session, as it was announced."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from contracts.events.market_data import DailyBarClosedV1
from services.market_data.closing import KeptBar
from services.market_data.stamps import moment, stamp

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class BarsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def between(self, ticker: str, first: date, last: date) -> list[KeptBar]:
        """All that are kept from *first* to *last*, both included, oldest first."""
        wanted = Key("pk").eq(_pk(ticker)) & Key("sk").between(_sk(first), _sk(last))
        page = self._table.query(KeyConditionExpression=wanted, ConsistentRead=True)
        items = page["Items"]
        while start := page.get("LastEvaluatedKey"):
            page = self._table.query(
                KeyConditionExpression=wanted, ConsistentRead=True, ExclusiveStartKey=start
            )
            items += page["Items"]
        return [_kept(item) for item in items]

    def keep(self, bars: Sequence[KeptBar]) -> None:
        with self._table.batch_writer() as batch:
            for bar in bars:
                batch.put_item(Item=_item(bar))


def _pk(ticker: str) -> str:
    return f"TICKER#{ticker}"


def _sk(day: date) -> str:
    return f"SESSION#{day.isoformat()}"


def _item(kept: KeptBar) -> dict[str, Any]:
    told = kept.told
    return {
        "pk": _pk(told.ticker),
        "sk": _sk(told.date),
        "due_at": stamp(kept.due_at),
        **told.model_dump(mode="json", exclude_none=True),
    }


def _kept(item: dict[str, Any]) -> KeptBar:
    return KeptBar(DailyBarClosedV1.read(item), moment(item["due_at"]))
