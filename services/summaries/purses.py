"""The Spent table: what language models cost, by day, for all and for each user."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.summaries.consulting import Spent

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_WITHIN = "attribute_not_exists(pk) OR (tokens <= :tokens_left AND dollars <= :dollars_left)"


class PursesTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def take(self, cost: Spent, day: date, limits: Mapping[str, Spent]) -> str | None:
        """Takes *cost* from every purse or from none; whose purse was too small.

        One after the other: whoever dies between two has spent more by the book than by the bill.
        """
        taken: list[str] = []
        for whose, limit in limits.items():
            if not self._take(cost, day, whose, limit - cost):
                self.give_back(cost, day, tuple(taken))
                return whose
            taken.append(whose)
        return None

    def give_back(self, rest: Spent, day: date, whose: tuple[str, ...]) -> None:
        for one in whose:
            self._add(Spent() - rest, day, one, {})

    def _take(self, cost: Spent, day: date, whose: str, left: Spent) -> bool:
        if left.tokens < 0 or left.dollars < 0:
            return False
        values = {":tokens_left": left.tokens, ":dollars_left": left.dollars}
        try:
            self._add(cost, day, whose, values, ConditionExpression=_WITHIN)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def spent(self, day: date, whose: str) -> Spent:
        item: Any = self._table.get_item(Key=_key(day, whose), ConsistentRead=True).get("Item", {})
        return Spent(int(item.get("tokens", 0)), item.get("dollars", Spent().dollars))

    def _add(self, cost: Spent, day: date, whose: str, values: dict[str, Any], **options: Any) -> None:
        self._table.update_item(
            Key=_key(day, whose),
            UpdateExpression="ADD tokens :tokens, dollars :dollars",
            ExpressionAttributeValues=values | {":tokens": cost.tokens, ":dollars": cost.dollars},
            **options,
        )


def _key(day: date, whose: str) -> dict[str, str]:
    return {"pk": f"DAY#{day}", "sk": f"WHOSE#{whose}"}
