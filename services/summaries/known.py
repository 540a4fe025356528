"""The Known table.

`TICKER#<ticker>` / `QUOTE`, `CLOSE#<date>`, `FORECAST#<horizon>`; `DRAWDOWNS` / `<universe>`.
"""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from services.summaries.knowing import Bar, Fact, Forecast, Quote, Ranking, ticker

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class KnownTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep(self, about: str, name: str, fact: Fact, version: str) -> None:
        item = {"pk": about, "sk": name, "version": version, "fact": _text(fact)}
        try:
            self._table.put_item(
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR version < :version",
                ExpressionAttributeValues={":version": version},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def quote(self, symbol: str) -> Quote | None:
        item: Any = self._table.get_item(Key={"pk": ticker(symbol), "sk": "QUOTE"}).get("Item")
        return TypeAdapter(Quote).validate_json(item["fact"]) if item else None

    def closes(self, symbol: str, limit: int) -> list[Bar]:
        """The last closes, latest first."""
        found = self._rows(ticker(symbol), "CLOSE#", ScanIndexForward=False, Limit=limit)
        return [TypeAdapter(Bar).validate_json(text) for text in found]

    def forecasts(self, symbol: str) -> list[Forecast]:
        """The last forecast of each horizon, nearest first."""
        return [TypeAdapter(Forecast).validate_json(text) for text in self._rows(ticker(symbol), "FORECAST#")]

    def rankings(self) -> list[Ranking]:
        return [TypeAdapter(Ranking).validate_json(text) for text in self._rows("DRAWDOWNS", "")]

    def _rows(self, about: str, start: str, **options: Any) -> list[str]:
        condition = Key("pk").eq(about)
        if start:
            condition = condition & Key("sk").begins_with(start)  # type: ignore[assignment]
        answer = self._table.query(KeyConditionExpression=condition, **options)
        return [str(item["fact"]) for item in answer["Items"]]


def _text(fact: Fact) -> str:
    return TypeAdapter(type(fact)).dump_json(fact).decode()
