"""The newest of what the bot shows of a day, beside the history of each ticker, in the same table."""

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.events.ingestion import CollectionCompletedV1
from contracts.events.market_data import DrawdownsRankedV1, PriceUpdatedV1, QuoteCorrectedV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.boards import Seen
from services.notifications.figures import sortable
from services.notifications.history import HistoryTable

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_SESSIONS = 20
_BOARD = "BOARD"


class BoardRows:
    def __init__(self, table: "Table") -> None:
        self._table, self._history = table, HistoryTable(table)

    def keep_summary(self, event: DailySummaryPublishedV1) -> None:
        self._put(f"SUMMARY#{event.date.isoformat()}", sortable(event.window_end), event.model_dump_json())

    def keep_ranking(self, event: DrawdownsRankedV1) -> None:
        self._put(f"RANKING#{event.date.isoformat()}", event.universe, event.model_dump_json())

    def keep_collection(self, event: CollectionCompletedV1) -> None:
        """The newest of each source."""
        self._put(f"COLLECTION#{event.collection}", sortable(event.window_end), event.model_dump_json())

    def seen(self, ticker: str) -> Seen:
        quote = self._quote(ticker)
        day = quote.as_of.date() if quote else date.max.replace(year=9000)
        bars = self._history.last_bars(ticker, until=day, limit=_SESSIONS)
        return Seen(ticker, quote, tuple(bar.close for bar in bars))

    def summary(self, day: date | None) -> DailySummaryPublishedV1 | None:
        """Of that day, or the last one."""
        told = self._newest(f"SUMMARY#{day.isoformat() if day else ''}")
        return DailySummaryPublishedV1.read(told[0]) if told else None

    def ranking(self) -> DrawdownsRankedV1 | None:
        told = self._newest("RANKING#")
        return DrawdownsRankedV1.read(told[0]) if told else None

    def collections(self) -> Sequence[CollectionCompletedV1]:
        return [CollectionCompletedV1.read(told) for told in self._newest("COLLECTION#", limit=20)]

    def _quote(self, ticker: str) -> PriceUpdatedV1 | None:
        for row in self._last(f"TICKER#{ticker}", "QUOTE#", 3):
            if "told" in row:
                quote = PriceUpdatedV1.read(json.loads(row["told"]))
                if "correction" not in row:
                    return quote
                right = QuoteCorrectedV1.read(json.loads(row["correction"]))
                return quote.model_copy(update={"price": right.corrected, "change_pct": right.change_pct})
        return None

    def _newest(self, prefix: str, limit: int = 1) -> list[dict[str, Any]]:
        return [json.loads(row["told"]) for row in self._last(_BOARD, prefix, limit)]

    def _last(self, pk: str, prefix: str, limit: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._table.query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": pk, ":prefix": prefix},
            ScanIndexForward=False,
            Limit=limit,
        )["Items"]
        return found

    def _put(self, sk: str, version: str, told: str) -> None:
        """What is newer stays, whatever arrives last."""
        try:
            self._table.put_item(
                Item={"pk": _BOARD, "sk": sk, "version": version, "told": told},
                ConditionExpression="attribute_not_exists(pk) OR version <= :version",
                ExpressionAttributeValues={":version": version},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
