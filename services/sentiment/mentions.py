"""The scores table, read for when a ticker was spoken of, without what was said."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from services.sentiment import score_items as items
from services.sentiment.keeping import sortable
from services.sentiment.score_items import DAY

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class MentionsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def moments(self, ticker: str, start: datetime, end: datetime) -> list[datetime]:
        """When each post that was scored for the ticker was written, from *start* until before *end*."""
        posts = {
            post_id: datetime.fromisoformat(posted_at)
            for day in items.steps(start, end, DAY)
            for posted_at, post_id, *_ in self._rows(ticker, day, start, end)
        }
        return sorted(posts.values())

    def _rows(self, ticker: str, day: datetime, start: datetime, end: datetime) -> Iterator[list[str]]:
        # A row's sort key goes on after its moment, so one at *end* itself lies beyond the upper bound.
        within = Key("sk").between(sortable(start), sortable(end))
        asked: Any = {
            "KeyConditionExpression": Key("pk").eq(items.ticker_day(ticker, day)) & within,
            "ProjectionExpression": "sk",
        }
        answer = self._table.query(**asked)
        yield from (str(item["sk"]).split("#") for item in answer["Items"])
        while page := answer.get("LastEvaluatedKey"):
            answer = self._table.query(**asked, ExclusiveStartKey=page)
            yield from (str(item["sk"]).split("#") for item in answer["Items"])
