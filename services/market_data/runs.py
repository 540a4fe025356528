"""The runs table: what each collection brought, and which anomalies were told."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from contracts.events.market_data import CollectionAnomalyDetectedV1
from services.market_data.reporting import Part, Run
from services.market_data.stamps import moment, stamp
from services.market_data.watching import KeptAnomaly

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

Item = dict[str, Any]


class RunsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def begin(self, series: str, due_at: datetime, asked: int) -> None:
        """How many tickers the tick is for: the first time it is told stands."""
        self._table.update_item(
            Key=_key(series, due_at),
            UpdateExpression="SET asked = if_not_exists(asked, :asked), due_at = :due_at",
            ExpressionAttributeValues={":asked": asked, ":due_at": stamp(due_at)},
        )

    def add(self, part: Part) -> Run:
        """Gives all that is known of the run with it. Names are kept as sets: a repeat changes nothing."""
        missed = {f"{ticker} {reason}" for ticker, reason in part.missed.items()}
        names = {"got": set(part.got), "missed": missed}
        added = {name: some for name, some in names.items() if some}
        adding = " ADD " + ", ".join(f"{name} :{name}" for name in added) if added else ""
        values: Any = {f":{name}": some for name, some in added.items()} | {":due_at": stamp(part.due_at)}
        answer: Any = self._table.update_item(
            Key=_key(part.series, part.due_at),
            UpdateExpression="SET due_at = :due_at" + adding,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
        )
        return _run(answer["Attributes"])

    def between(self, series: str, first: datetime, last: datetime) -> list[Run]:
        """Those due from *first* to *last*, both included, oldest first."""
        wanted = Key("pk").eq(_series(series)) & Key("sk").between(_due(first), _due(last))
        return [_run(item) for item in self._all(KeyConditionExpression=wanted)]

    def last_success(self, series: str, until: datetime) -> datetime | None:
        """When the newest run that got anything was due, none when there never was one."""
        wanted = Key("pk").eq(_series(series)) & Key("sk").between("DUE#", _due(until))
        query: Any = {
            "KeyConditionExpression": wanted,
            "FilterExpression": Attr("got").exists(),
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }
        page = self._table.query(**query)
        while not page["Items"] and (start := page.get("LastEvaluatedKey")):
            page = self._table.query(**query, ExclusiveStartKey=start)
        return moment(page["Items"][0]["due_at"]) if page["Items"] else None

    def keep_anomaly(self, key: str, found: KeptAnomaly) -> KeptAnomaly:
        """Keeps it unless the series has one of that *key*. Gives the one that stands: the first."""
        told = found.told.model_dump(mode="json", exclude_none=True)
        standing = self._keep_first(
            {"pk": f"ANOMALY#{found.told.series}", "sk": key, "due_at": stamp(found.due_at), "told": told}
        )
        return KeptAnomaly(CollectionAnomalyDetectedV1.read(standing["told"]), moment(standing["due_at"]))

    def _keep_first(self, item: Item) -> Item:
        """Keeps the item unless one of its key is there. Gives the one that stands."""
        try:
            self._table.put_item(Item=item, ConditionExpression=Attr("pk").not_exists())
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            key = {"pk": item["pk"], "sk": item["sk"]}
            return self._table.get_item(Key=key, ConsistentRead=True)["Item"]
        return item

    def _all(self, **query: Any) -> list[Item]:
        page = self._table.query(**query, ConsistentRead=True)
        items = page["Items"]
        while start := page.get("LastEvaluatedKey"):
            page = self._table.query(**query, ConsistentRead=True, ExclusiveStartKey=start)
            items += page["Items"]
        return items


def _series(series: str) -> str:
    return f"SERIES#{series}"


def _due(at: datetime) -> str:
    return f"DUE#{stamp(at)}"


def _key(series: str, due_at: datetime) -> dict[str, str]:
    return {"pk": _series(series), "sk": _due(due_at)}


def _run(item: Mapping[str, Any]) -> Run:
    got = item.get("got", set())
    missed = dict(said.split() for said in sorted(item.get("missed", ())))
    return Run(
        series=str(item["pk"]).partition("#")[2],
        due_at=moment(item["due_at"]),
        asked=int(item.get("asked", len(got) + len(missed))),
        got=len(got),
        missed={ticker: reason for ticker, reason in missed.items() if ticker not in got},
    )
