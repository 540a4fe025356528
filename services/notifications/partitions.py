"""What this service's tables have in common: a partition a user, read to the end, erased up to a day."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.notifications.figures import sortable

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


def user_key(user_id: str) -> str:
    return f"USER#{user_id}"


def items(query: Callable[..., Any], **wanted: Any) -> Iterator[dict[str, Any]]:
    """Every item of a query, page after page."""
    while True:
        page = query(**wanted)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        wanted["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def put_once(table: "Table", item: dict[str, Any]) -> bool:
    """False where an item of this key is there already; it stays as it is."""
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def erase(table: "Table", user_id: str, before: datetime) -> None:
    """Deletes the user's items whose `at` is not after *before*."""
    found = items(
        table.query,
        KeyConditionExpression="pk = :user",
        FilterExpression="#at <= :before",
        ProjectionExpression="pk, sk",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":user": user_key(user_id), ":before": sortable(before)},
        ConsistentRead=True,
    )
    with table.batch_writer() as batch:
        for key in found:
            batch.delete_item(Key={"pk": key["pk"], "sk": key["sk"]})
