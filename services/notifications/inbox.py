"""The in-app inbox: one item per user and notification."""

from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from contracts.events.notifications import AlertFiredV1
from services.notifications.figures import sortable
from services.notifications.partitions import erase, user_key

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class InboxTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def put(self, alert: AlertFiredV1) -> None:
        """A repeat changes nothing, not even what its reader did with it since."""
        told = {
            "user_id": alert.user_id,
            "notification_id": alert.notification_id,
            "rule": alert.rule,
            "title": alert.title,
            "body": alert.body,
            "reason": alert.reason,
            "evidence": list(alert.evidence),
            "at": sortable(alert.occurred_at),
        }
        ticker = {"ticker": alert.ticker} if alert.ticker else {}
        try:
            self._table.put_item(
                Item={**_key(alert), **told, **ticker}, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def erase(self, user_id: str, *, before: datetime) -> None:
        erase(self._table, user_id, before)


def _key(alert: AlertFiredV1) -> dict[str, str]:
    return {"pk": user_key(alert.user_id), "sk": f"NOTIFICATION#{alert.notification_id}"}
