"""The interests table: what each user said last about each ticker, and how many watch it.

A ticker's count changes in one transaction with the word it counts: it is exact in any order and under
repeats.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from services.ingestion.noting import Interest

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_TRIES = 5
_LOST_A_RACE = {"None", "ConditionalCheckFailed", "TransactionConflict"}

Item = dict[str, Any]


class ChangedMeanwhile(Exception):
    """Others changed the same items at every try; the queue brings the event again."""


class InterestsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def watchers(self) -> dict[str, int]:
        """How many watch each ticker that anybody watches; who follows and lists it counts twice."""
        return {item["sk"]: int(item["watchers"]) for item in self._all("WATCHED") if item["watchers"] > 0}

    def note(self, interest: Interest) -> None:
        """Keeps it, unless the user has said something newer or left since. Raises ChangedMeanwhile."""
        for _ in range(_TRIES):
            stood = self._get(_key(interest))
            gone = self._get(_gone(interest.user_id))
            if not _is_news(interest, stood, gone) or self._transact(self._noted(interest, stood)):
                return
        raise ChangedMeanwhile(f"{interest.kind} of {interest.ticker}")

    def forget(self, user_id: str, deleted_at: datetime) -> None:
        """Drops what the user said until then, and refuses what may yet arrive of it.

        Raises ChangedMeanwhile.
        """
        self._refuse(user_id, deleted_at)
        for _ in range(_TRIES):
            said = self._all(_user(user_id))
            outdated = [i for i in said if "said_at" in i and i["said_at"] <= _stamp(deleted_at)]
            if not outdated:
                return
            for item in outdated:
                self._transact(self._dropped(item))
        raise ChangedMeanwhile("a user's tickers")

    def _noted(self, interest: Interest, stood: Item | None) -> list[Any]:
        name, said_at = self._table.name, _stamp(interest.said_at)
        unchanged = _as_it_was(stood) if stood else {"ConditionExpression": "attribute_not_exists(pk)"}
        item = {**_key(interest), "wanted": interest.wanted, "said_at": said_at}
        still_here = {
            "ConditionExpression": "attribute_not_exists(deleted_at) OR deleted_at < :said_at",
            "ExpressionAttributeValues": {":said_at": said_at},
        }
        more = interest.wanted - bool(stood and stood["wanted"])
        return [
            {"ConditionCheck": {"TableName": name, "Key": _gone(interest.user_id), **still_here}},
            {"Put": {"TableName": name, "Item": item, **unchanged}},
            *self._counted(interest.ticker, more),
        ]

    def _dropped(self, item: Item) -> list[Any]:
        key = {"pk": item["pk"], "sk": item["sk"]}
        return [
            {"Delete": {"TableName": self._table.name, "Key": key, **_as_it_was(item)}},
            *self._counted(item["sk"].partition("#")[2], -int(item["wanted"])),
        ]

    def _counted(self, ticker: str, more: int) -> list[Any]:
        """Nothing where the count stays: a ticker that nobody ever wanted is not listed."""
        change = {
            "TableName": self._table.name,
            "Key": {"pk": "WATCHED", "sk": ticker},
            "UpdateExpression": "ADD watchers :more",
            "ExpressionAttributeValues": {":more": more},
        }
        return [{"Update": change}] if more else []

    def _transact(self, writes: list[Any]) -> bool:
        """False when somebody else changed one of the items first; then nothing was written."""
        try:
            self._table.meta.client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if error.response["Error"]["Code"] != "TransactionCanceledException" or reasons - _LOST_A_RACE:
                raise
            return False
        return True

    def _refuse(self, user_id: str, until: datetime) -> None:
        """What the user said until then, or until a later end known already, is not heard any more."""
        try:
            self._table.update_item(
                Key=_gone(user_id),
                UpdateExpression="SET deleted_at = :at",
                ConditionExpression="attribute_not_exists(deleted_at) OR deleted_at < :at",
                ExpressionAttributeValues={":at": _stamp(until)},
            )
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            return

    def _get(self, key: dict[str, str]) -> Item | None:
        return self._table.get_item(Key=key, ConsistentRead=True).get("Item")

    def _all(self, pk: str) -> list[Item]:
        wanted: Any = {"KeyConditionExpression": Key("pk").eq(pk), "ConsistentRead": True}
        items, page = list[Item](), self._table.query(**wanted)
        while start := page.get("LastEvaluatedKey"):
            items += page["Items"]
            page = self._table.query(**wanted, ExclusiveStartKey=start)
        return [*items, *page["Items"]]


def _is_news(interest: Interest, stood: Item | None, gone: Item | None) -> bool:
    if gone and gone["deleted_at"] >= _stamp(interest.said_at):
        return False
    return stood is None or interest.outdates(datetime.fromisoformat(stood["said_at"]), stood["wanted"])


def _user(user_id: str) -> str:
    return f"USER#{user_id}"


def _key(interest: Interest) -> dict[str, str]:
    return {"pk": _user(interest.user_id), "sk": f"{interest.kind}#{interest.ticker}"}


def _gone(user_id: str) -> dict[str, str]:
    return {"pk": _user(user_id), "sk": "DELETED"}


def _as_it_was(item: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": "said_at = :then AND wanted = :wanted",
        "ExpressionAttributeValues": {":then": item["said_at"], ":wanted": item["wanted"]},
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
