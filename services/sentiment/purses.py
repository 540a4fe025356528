"""The runs table, read and written by what a run has spent."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.sentiment.overriding import Spent
from services.sentiment.runs import spent_key

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_WITHIN = "attribute_not_exists(pk) OR (tokens <= :tokens_left AND dollars <= :dollars_left)"


class PursesTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def take(self, run: str, cost: Spent, most: Spent) -> bool:
        """False, and nothing is taken, where the run would have spent more than *most*."""
        left = most - cost
        if left.tokens < 0 or left.dollars < 0:
            return False
        values = {":tokens_left": left.tokens, ":dollars_left": left.dollars}
        try:
            self._add(run, cost, values, ConditionExpression=_WITHIN)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def give_back(self, run: str, rest: Spent) -> None:
        self._add(run, Spent(0, Decimal(0)) - rest, {})

    def _add(self, run: str, cost: Spent, values: dict[str, Any], **options: Any) -> None:
        self._table.update_item(
            Key=spent_key(run),
            UpdateExpression="ADD tokens :tokens, dollars :dollars",
            ExpressionAttributeValues=values | {":tokens": cost.tokens, ":dollars": cost.dollars},
            **options,
        )
