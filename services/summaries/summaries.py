"""The Summaries table: what was said about a day, kept as it was first said."""

from datetime import date
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from contracts.events.summaries import DailySummaryPublishedV1

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class SummariesTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, day: date) -> DailySummaryPublishedV1 | None:
        answer = self._table.get_item(Key=_key(day), ConsistentRead=True)
        if "Item" not in answer:
            return None
        return DailySummaryPublishedV1.model_validate_json(str(answer["Item"]["summary"]))

    def keep(self, summary: DailySummaryPublishedV1) -> bool:
        """False where the day has a summary already, which then stands."""
        item = {**_key(summary.date), "summary": summary.model_dump_json()}
        try:
            self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _key(day: date) -> dict[str, str]:
    return {"pk": f"DAY#{day}"}
