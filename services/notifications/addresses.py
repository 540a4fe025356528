"""Addresses at which nobody is reached any more, each under a hash of it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.events.app import ContactChangedV1
from services.notifications.figures import sortable

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

FOR_GOOD = ("complained", "unsubscribed")
"""What a contact announced later does not undo: only the address's owner can."""


class AddressesTable:
    """Hashes, because a person who has left may never be written to again and is not to be known either."""

    def __init__(self, table: "Table", *, now: Callable[[], datetime]) -> None:
        self._table, self._now = table, now

    def why_dead(self, key: str, contact: ContactChangedV1 | None) -> str | None:
        """None where the address may be used: it never died, or its user named it again since."""
        row: Any = self._table.get_item(Key={"pk": key}, ConsistentRead=True).get("Item")
        if row is None:
            return None
        named_again = contact is not None and sortable(contact.changed_at) > row["at"]
        return None if named_again and not row["for_good"] else str(row["why"])

    def bury(self, key: str, why: str) -> None:
        """The first reason stays, but one that holds for good replaces one that does not."""
        for_good = why.startswith(FOR_GOOD)
        told: dict[str, Any] = {"why": why[:200], "for_good": for_good, "at": sortable(self._now())}
        try:
            self._table.put_item(
                Item={"pk": key, **told},
                ConditionExpression="attribute_not_exists(pk) OR for_good = :no",
                ExpressionAttributeValues={":no": False},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
