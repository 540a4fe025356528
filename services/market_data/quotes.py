"""The quotes table: one item per ticker and moment, as it was announced, with its correction beside it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from contracts.events.market_data import PriceUpdatedV1, QuoteCorrectedV1
from services.market_data.keeping import KeptCorrection, KeptQuote
from services.market_data.stamps import moment, stamp

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_FEW = 8  # more than the ticks that fall due within an hour


class QuotesTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def recent(self, ticker: str, until: datetime) -> list[KeptQuote]:
        """The newest eight as of *until*, newest first."""
        found = self._table.query(
            KeyConditionExpression=Key("pk").eq(_pk(ticker)) & Key("sk").lte(_sk(until)),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=_FEW,
        )
        return [_kept(item) for item in found["Items"]]

    def between(self, ticker: str, first: datetime, last: datetime) -> list[KeptQuote]:
        """All as of *first* to *last*, both included, oldest first."""
        wanted = Key("pk").eq(_pk(ticker)) & Key("sk").between(_sk(first), _sk(last))
        query: Any = {"KeyConditionExpression": wanted, "ConsistentRead": True}
        page = self._table.query(**query)
        items = page["Items"]
        while start := page.get("LastEvaluatedKey"):
            page = self._table.query(**query, ExclusiveStartKey=start)
            items += page["Items"]
        return [_kept(item) for item in items]

    def keep(self, kept: KeptQuote) -> bool:
        """False when a quote of that ticker and moment is kept already; it stays as it was."""
        try:
            self._table.put_item(Item=_item(kept), ConditionExpression=Attr("pk").not_exists())
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def correct(self, correction: KeptCorrection) -> KeptCorrection:
        """Keeps it beside its quote, which stays as it was. Gives the one that stands: the first."""
        told = correction.told
        answer = self._table.update_item(
            Key={"pk": _pk(told.ticker), "sk": _sk(told.as_of)},
            UpdateExpression="SET correction = if_not_exists(correction, :new)",
            ConditionExpression=Attr("pk").exists(),
            ExpressionAttributeValues={
                ":new": {"cause": correction.cause, **told.model_dump(mode="json", exclude_none=True)}
            },
            ReturnValues="ALL_NEW",
        )
        return _correction(answer["Attributes"]["correction"])


def _pk(ticker: str) -> str:
    return f"TICKER#{ticker}"


def _sk(as_of: datetime) -> str:
    return f"AS_OF#{stamp(as_of)}"


def _item(kept: KeptQuote) -> dict[str, Any]:
    told = kept.told
    return {
        "pk": _pk(told.ticker),
        "sk": _sk(told.as_of),
        "due_at": stamp(kept.due_at),
        **told.model_dump(mode="json", exclude_none=True),
    }


def _kept(item: dict[str, Any]) -> KeptQuote:
    correction = _correction(item["correction"]) if "correction" in item else None
    return KeptQuote(PriceUpdatedV1.read(item), moment(item["due_at"]), correction)


def _correction(item: Any) -> KeptCorrection:
    return KeptCorrection(QuoteCorrectedV1.read(item), item["cause"])
