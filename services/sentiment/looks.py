"""The looks table: what collections saw of the last days, one item a window."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from services.sentiment.keeping import sortable
from services.sentiment.seeing import Look

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_REMEMBERED = timedelta(days=9)


class LooksTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep(self, look: Look) -> None:
        """Under the day it ended on, for nine days more; the same window is written over."""
        item: dict[str, Any] = {
            "pk": _day(look.end.date()),
            "sk": f"{sortable(look.end)}#{look.collection}",
            "start": sortable(look.start),
            "expected": look.expected,
            "coverage": look.coverage,
            "expires_at": int((look.end + _REMEMBERED).timestamp()),
        }
        self._table.put_item(Item=item)

    def between(self, start: datetime, end: datetime) -> list[Look]:
        """The windows that touch the time from *start* to *end*, but for those that ended a day later."""
        days = [start.date() + timedelta(days=n) for n in range((end.date() - start.date()).days + 1)]
        ended = [look for day in days for look in self._ended(day, start)]
        return [look for look in ended if look.start < end]

    def _ended(self, day: date, after: datetime) -> list[Look]:
        asked: Any = {"KeyConditionExpression": Key("pk").eq(_day(day)) & Key("sk").gt(f"{sortable(after)}~")}
        answer = self._table.query(**asked)
        items = list(answer["Items"])
        while "LastEvaluatedKey" in answer:
            answer = self._table.query(**asked, ExclusiveStartKey=answer["LastEvaluatedKey"])
            items += answer["Items"]
        return [_look(item) for item in items]


def _look(item: dict[str, Any]) -> Look:
    end, _, collection = item["sk"].partition("#")
    return Look(
        collection,
        datetime.fromisoformat(item["start"]),
        datetime.fromisoformat(end),
        item["expected"],
        item["coverage"],
    )


def _day(day: date) -> str:
    return f"DAY#{day.isoformat()}"
