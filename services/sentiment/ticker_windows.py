"""The ticker windows table: where each ticker stands, and every shift that was announced."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.events.sentiment import TickerSentimentShiftedV1
from services.sentiment.keeping import sortable
from services.sentiment.windows import Standing

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

Item = dict[str, Any]


class TickerWindowsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def standing(self, ticker: str) -> Standing | None:
        item = self._item(_standing_key(ticker))
        return Standing(datetime.fromisoformat(item["tick"]), item["mood"], item["talk"]) if item else None

    def announced(self, ticker: str, tick: datetime) -> TickerSentimentShiftedV1 | None:
        item = self._item(_shift_key(ticker, tick))
        return TickerSentimentShiftedV1.read(json.loads(item["shifted"])) if item else None

    def keep(
        self,
        ticker: str,
        now: Standing,
        *,
        instead_of: Standing | None,
        shifted: TickerSentimentShiftedV1 | None,
    ) -> bool:
        """Both or neither; False when another standing than *instead_of* stands there by now."""
        puts = [_standing_put(ticker, now, instead_of)]
        if shifted is not None:
            puts.append({"Item": _shift_key(ticker, now.tick) | {"shifted": shifted.model_dump_json()}})
        transaction = [{"Put": {"TableName": self._table.name, **put}} for put in puts]
        try:
            self._table.meta.client.transact_write_items(TransactItems=transaction)  # type: ignore[arg-type]
        except ClientError as error:
            if _overtaken(error):
                return False
            raise
        return True

    def _item(self, key: Item) -> Any:
        return self._table.get_item(Key=key, ConsistentRead=True).get("Item")


def _standing_key(ticker: str) -> Item:
    return {"pk": f"TICKER#{ticker}", "sk": "STANDING"}


def _shift_key(ticker: str, tick: datetime) -> Item:
    return {"pk": f"TICKER#{ticker}", "sk": f"SHIFT#{sortable(tick)}"}


def _standing_put(ticker: str, now: Standing, instead_of: Standing | None) -> Item:
    item = _standing_key(ticker) | {"tick": sortable(now.tick), "mood": now.mood, "talk": now.talk}
    if instead_of is None:
        return {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    expected = {":tick": sortable(instead_of.tick)}
    return {"Item": item, "ConditionExpression": "tick = :tick", "ExpressionAttributeValues": expected}


def _overtaken(error: ClientError) -> bool:
    reasons: Any = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons)
