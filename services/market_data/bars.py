"""The bars table: one item per ticker and session, as it was announced."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from contracts.events.market_data import DailyBarClosedV1
from services.market_data.closing import Day, KeptBar
from services.market_data.stamps import moment, stamp

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_DAY = ("date", "open", "high", "close", "volume", "previous_close")
_NAMES = {f"#{name}": name for name in _DAY}  # reserved words, some


class BarsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def between(self, ticker: str, first: date, last: date) -> list[KeptBar]:
        """All that are kept from *first* to *last*, both included, oldest first."""
        wanted = Key("pk").eq(_pk(ticker)) & Key("sk").between(_sk(first), _sk(last))
        return [_kept(item) for item in self._all(KeyConditionExpression=wanted)]

    def days(self, ticker: str, first: date, last: date) -> list[Day]:
        """What a ranking needs of them, oldest first: a fifth of the time that whole bars take."""
        wanted = Key("pk").eq(_pk(ticker)) & Key("sk").between(_sk(first), _sk(last))
        found = self._all(
            KeyConditionExpression=wanted,
            ProjectionExpression=",".join(_NAMES),
            ExpressionAttributeNames=_NAMES,
        )
        return [_day(item) for item in found]

    def span(self, ticker: str) -> tuple[date, date] | None:
        """The first and the last session that is kept, none when no bar is."""
        ends = [
            self._table.query(
                KeyConditionExpression=Key("pk").eq(_pk(ticker)),
                ProjectionExpression="#date",
                ExpressionAttributeNames={"#date": "date"},
                ScanIndexForward=forward,
                Limit=1,
            )["Items"]
            for forward in (True, False)
        ]
        first, last = (date.fromisoformat(str(found[0]["date"])) if found else None for found in ends)
        return (first, last) if first and last else None

    def told(self, ticker: str, day: date) -> DailyBarClosedV1 | None:
        """The bar of that session, none when it is not kept."""
        key = {"pk": _pk(ticker), "sk": _sk(day)}
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        return DailyBarClosedV1.read(item) if item else None

    def keep(self, bars: Sequence[KeptBar]) -> None:
        with self._table.batch_writer() as batch:
            for bar in bars:
                batch.put_item(Item=_item(bar))

    def _all(self, **query: Any) -> list[dict[str, Any]]:
        page = self._table.query(**query, ConsistentRead=True)
        items = page["Items"]
        while start := page.get("LastEvaluatedKey"):
            page = self._table.query(**query, ConsistentRead=True, ExclusiveStartKey=start)
            items += page["Items"]
        return items


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


def _day(item: dict[str, Any]) -> Day:
    opened, high, close = (Decimal(item[name]) for name in ("open", "high", "close"))
    before = Decimal(item["previous_close"]) if "previous_close" in item else None
    return Day(date.fromisoformat(item["date"]), opened, high, close, int(item["volume"]), before)
