"""The forecasts table: a chain of records for each ticker and horizon, and the newest hash of each chain.

What became of a forecast lies beside its record, which is never written again.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from contracts.events.prediction import DirectionPredictedV1, PredictionResolvedV1
from services.prediction.chaining import FIRST, Chain, Link, Told, Written
from services.prediction.serving import canonical

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_HEAD = "HEAD"


class ForecastsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def links(self, ticker: str, day: date, horizons: Sequence[int]) -> dict[int, Link]:
        wanted = [{"pk": _chain(ticker, n), "sk": sk} for n in horizons for sk in (_HEAD, _on(day))]
        found = {(item["pk"], item["sk"]): item for item in self._get(wanted)}
        links = {}
        for n in horizons:
            head, item = found.get((_chain(ticker, n), _HEAD)), found.get((_chain(ticker, n), _on(day)))
            links[n] = Link(head["record_hash"] if head else FIRST, _told(item) if item else None)
        return links

    def append(self, told: Sequence[Told]) -> None:
        """Raises TransactionCanceledException where a chain has moved on meanwhile: look again and retry."""
        writes = [write for each in told for write in self._append(each)]
        self._table.meta.client.transact_write_items(TransactItems=writes)

    def latest(self, ticker: str, horizon: int) -> DirectionPredictedV1 | None:
        """The record of the latest session."""
        chain = Key("pk").eq(_chain(ticker, horizon)) & Key("sk").begins_with("DATE#")
        items = self._table.query(KeyConditionExpression=chain, ScanIndexForward=False, Limit=1)["Items"]
        return _told(items[0]).record if items else None

    def chain(self, ticker: str, horizon: int) -> Chain:
        """Everything written about a ticker and horizon."""
        return self._chain(_chain(ticker, horizon))

    def chains(self) -> Iterator[Chain]:
        """Every chain of the table, by name."""
        keys = _items(self._table.scan, ProjectionExpression="pk")
        for name in sorted({str(item["pk"]) for item in keys}):
            yield self._chain(name)

    def resolve(self, resolutions: Sequence[PredictionResolvedV1], tick: str) -> None:
        """Raises ConditionalCheckFailedException where another tick was first: look again and retry."""
        for each in resolutions:
            text = each.model_dump_json()
            self._table.update_item(
                Key={"pk": _chain(each.ticker, each.horizon), "sk": _on(each.date)},
                UpdateExpression="SET resolution = :text, resolution_hash = :hash, resolved_by = :tick",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(resolution)",
                ExpressionAttributeValues={":text": text, ":hash": _hash(text), ":tick": tick},
            )

    def _chain(self, name: str) -> Chain:
        condition = Key("pk").eq(name)
        found = list(_items(self._table.query, KeyConditionExpression=condition, ConsistentRead=True))
        head = next((item["record_hash"] for item in found if item["sk"] == _HEAD), None)
        return Chain(name, head, [_written(item) for item in found if item["sk"] != _HEAD])

    def _append(self, told: Told) -> list[Any]:
        record, name = told.record, self._table.name
        chain = _chain(record.ticker, record.horizon)
        text = canonical(record.model_dump(mode="json"))
        item = {"pk": chain, "sk": _on(record.date), "record": text, "tick": told.cause}
        head = {"pk": chain, "sk": _HEAD, "record_hash": record.record_hash}
        first = record.previous_hash == FIRST
        unmoved: dict[str, Any] = (
            {"ConditionExpression": "attribute_not_exists(pk)"}
            if first
            else {
                "ConditionExpression": "record_hash = :seen",
                "ExpressionAttributeValues": {":seen": record.previous_hash},
            }
        )
        new = {"TableName": name, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        return [{"Put": new}, {"Put": {"TableName": name, "Item": head, **unmoved}}]

    def _get(self, keys: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
        """All items that exist, however many answers it takes."""
        asked: Any = {self._table.name: {"Keys": keys, "ConsistentRead": True}}
        items: list[Any] = []
        while asked:
            answer = self._table.meta.client.batch_get_item(RequestItems=asked)
            items += answer["Responses"].get(self._table.name, [])
            asked = answer.get("UnprocessedKeys")
        return items


def _items(ask: Callable[..., Any], **asked: Any) -> Iterator[dict[str, Any]]:
    """Every item of a query or scan, page after page."""
    while True:
        page = ask(**asked)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _chain(ticker: str, horizon: int) -> str:
    return f"TICKER#{ticker}#HORIZON#{horizon}"


def _on(day: date) -> str:
    return f"DATE#{day}"


def _told(item: Mapping[str, Any]) -> Told:
    return Told(DirectionPredictedV1.read(json.loads(item["record"])), item["tick"])


def _written(item: Mapping[str, Any]) -> Written:
    day, text = str(item["sk"]).removeprefix("DATE#"), str(item.get("record"))
    return Written(day, text, _worth(item), item.get("resolved_by"))


def _worth(item: Mapping[str, Any]) -> PredictionResolvedV1 | None:
    """None also where it is not as it was written."""
    text = item.get("resolution")
    if text is None or item.get("resolution_hash") != _hash(text):
        return None
    return PredictionResolvedV1.model_validate_json(text)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
