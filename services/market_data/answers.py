"""Answers in the table of askings: one item a vendor, question and ticker, for as long as it is fresh."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from pydantic import TypeAdapter

from services.market_data.asking import Bar, Quote, Unavailable
from services.market_data.stamps import stamp

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

Answer = Quote | list[Bar] | Unavailable

_LARGEST = 300_000
"""What an item takes is 400 KB."""

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


class AnswersTable:
    def __init__(self, table: "Table") -> None:
        self._table = table
        self._held = table.meta.client.exceptions.ConditionalCheckFailedException

    def claim(self, key: str, now: datetime, until: datetime) -> Answer | bool:
        """The answer where there is one; else whether it is the caller who now has to ask."""
        free = Attr("pk").not_exists() | Attr("until").lte(stamp(now))
        try:
            self._table.put_item(Item=_item(key, until), ConditionExpression=free)
        except self._held:
            item: Any = self._table.get_item(Key={"pk": _key(key)}, ConsistentRead=True).get("Item", {})
            return _ANSWER.validate_json(item["answer"]) if "answer" in item else False
        return True

    def keep(self, key: str, answer: Answer, until: datetime) -> None:
        said = _ANSWER.dump_json(answer).decode()
        if len(said) > _LARGEST:
            return  # until then it is as if somebody were asking: what was answered is kept elsewhere by then
        self._table.put_item(Item={**_item(key, until), "answer": said})

    def give_up(self, key: str) -> None:
        """The next may ask at once."""
        self._table.delete_item(Key={"pk": _key(key)})


def _key(key: str) -> str:
    return f"ASKED#{key}"


def _item(key: str, until: datetime) -> dict[str, Any]:
    return {"pk": _key(key), "until": stamp(until), "expires_at": int(until.timestamp()) + 3600}
