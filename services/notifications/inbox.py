"""The in-app inbox: one item per user and notification."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.events.notifications import AlertFiredV1
from services.notifications.correcting import Told
from services.notifications.figures import sortable
from services.notifications.partitions import erase, items, user_key
from services.notifications.plain import inert, one_line

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
            **shown(alert),
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

    def remember(self, alert: AlertFiredV1, kind: str, receipt: str) -> None:
        """Keeps what a message is called on its channel, to edit it by. A repeat changes nothing."""
        row = {
            "pk": user_key(alert.user_id),
            "sk": f"TOLD#{alert.notification_id}#{kind}",
            "told_of": _moment(alert.ticker or "", alert.occurred_at),
            "alert": alert.model_dump_json(),
            "kind": kind,
            "receipt": receipt,
            "at": sortable(alert.occurred_at),
        }
        self._table.put_item(Item=row)

    def told_of(self, ticker: str, as_of: datetime) -> Iterator[Told]:
        """The messages that told of a ticker's quote of that moment."""
        for row in items(
            self._table.query,
            IndexName="by_moment",
            KeyConditionExpression="told_of = :moment",
            ExpressionAttributeValues={":moment": _moment(ticker, as_of)},
        ):
            yield Told(AlertFiredV1.read(json.loads(row["alert"])), row["kind"], row["receipt"])

    def why(self, user_id: str, notification_id: str | None) -> Mapping[str, Any] | None:
        """What a user was told and why: that message, or the last one."""
        rows = items(
            self._table.query,
            KeyConditionExpression="pk = :user AND begins_with(sk, :told)",
            ExpressionAttributeValues={
                ":user": user_key(user_id),
                ":told": f"NOTIFICATION#{notification_id or ''}",
            },
        )
        return max(rows, key=lambda row: str(row["at"]), default=None)

    def amend(self, alert: AlertFiredV1, correction: str) -> None:
        """Puts the correction beside the alert in the user's inbox; the same one changes nothing."""
        try:
            self._table.update_item(
                Key=_key(alert),
                UpdateExpression="SET corrected = :correction",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":correction": inert(correction)},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def erase(self, user_id: str, *, before: datetime) -> None:
        erase(self._table, user_id, before)


def shown(alert: AlertFiredV1) -> dict[str, str]:
    """What an app shows of an alert, whatever it makes links of: plain text in which nothing acts."""
    return {
        "title": inert(one_line(alert.title)),
        "body": "\n\n".join(inert(one) for one in alert.body.split("\n\n")),
        "reason": inert(one_line(alert.reason)),
    }


def _key(alert: AlertFiredV1) -> dict[str, str]:
    return {"pk": user_key(alert.user_id), "sk": f"NOTIFICATION#{alert.notification_id}"}


def _moment(ticker: str, moment: datetime) -> str:
    return f"{ticker}#{sortable(moment)}"
