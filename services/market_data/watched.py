"""The watched table: what each user said about each ticker, and the list of tickers priced for anybody.

One item per user, kind and ticker holds what was said last. One item per ticker in the partition `TRACKED`
counts who wants it and says until when it is talked about. It changes in one transaction with the item it
counts, so the count is exact in any order and under repeats.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import ConditionBase, Key
from botocore.exceptions import ClientError

from services.market_data.stamps import moment, stamp
from services.market_data.tracking import Interest, most_discussed

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_TRIES = 5
_LOST_A_RACE = {"None", "ConditionalCheckFailed", "TransactionConflict"}

Item = dict[str, Any]


class ChangedMeanwhile(Exception):
    """Others changed the same items at every try; the queue brings the event again."""


class WatchedTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def tracked(self, at: datetime) -> list[str]:
        """Tickers somebody wants, or that are talked about until *at* or longer."""
        wanted, talked = self._listed(at)
        return sorted({*wanted, *talked})

    def quoted(self, at: datetime) -> list[str]:
        """Tickers somebody wants, and the most discussed of the others."""
        wanted, talked = self._listed(at)
        return sorted({*wanted, *most_discussed(talked)})

    def _listed(self, at: datetime) -> tuple[list[str], dict[str, int]]:
        listed = self._all(Key("pk").eq("TRACKED"))
        wanted = [i["sk"] for i in listed if i["watchers"] > 0]
        talked = [i for i in listed if i["watchers"] <= 0 and i.get("talked_until", "") >= stamp(at)]
        return wanted, {i["sk"]: int(i.get("mentions", 0)) for i in talked}

    def express(self, interest: Interest) -> None:
        """Keeps it, unless the user has said something newer or left since.

        Raises ChangedMeanwhile.
        """
        for _ in range(_TRIES):
            known = self._get(_interest_key(interest))
            gone = self._get(_gone_key(interest.user_id))
            if not _is_news(interest, known, gone):
                # Listed even so: the list must not depend on the order in which things were heard.
                self._table.update_item(**_counted(interest.ticker, 0))
                return
            if self._transact(self._expressed(interest, known)):
                return
        raise ChangedMeanwhile(f"{interest.kind} of {interest.ticker}")

    def forget(self, user_id: str, deleted_at: datetime) -> None:
        """Drops what the user said until then, and refuses what may yet arrive of it.

        Raises ChangedMeanwhile.
        """
        self._put_off(_gone_key(user_id), "deleted_at", deleted_at)
        for _ in range(_TRIES):
            said = self._all(Key("pk").eq(_user(user_id)))
            outdated = [i for i in said if "said_at" in i and i["said_at"] <= stamp(deleted_at)]
            if not outdated:
                return
            for item in outdated:
                self._transact(self._dropped(item))
        raise ChangedMeanwhile("a user's tickers")

    def hear_talk(self, ticker: str, heard_at: datetime, mentions: int, until: datetime) -> None:
        """Tracks the ticker until then, or longer where that was known; of mentions the newest hold."""
        self._table.update_item(**_counted(ticker, 0))
        self._put_off(_tracked_key(ticker), "talked_until", until)
        self._update_if(
            Key=_tracked_key(ticker),
            UpdateExpression="SET talked_at = :at, mentions = :mentions",
            ConditionExpression="attribute_not_exists(talked_at) OR talked_at < :at "
            "OR (talked_at = :at AND mentions < :mentions)",
            ExpressionAttributeValues={":at": stamp(heard_at), ":mentions": mentions},
        )

    def _expressed(self, interest: Interest, known: Item | None) -> list[Any]:
        name, said_at = self._table.name, stamp(interest.said_at)
        unchanged = _as_it_was(known) if known else {"ConditionExpression": "attribute_not_exists(pk)"}
        item = {**_interest_key(interest), "wanted": interest.wanted, "said_at": said_at}
        still_here = {
            "ConditionExpression": "attribute_not_exists(deleted_at) OR deleted_at < :said_at",
            "ExpressionAttributeValues": {":said_at": said_at},
        }
        more = interest.wanted - bool(known and known["wanted"])
        return [
            {"ConditionCheck": {"TableName": name, "Key": _gone_key(interest.user_id), **still_here}},
            {"Put": {"TableName": name, "Item": item, **unchanged}},
            {"Update": {"TableName": name, **_counted(interest.ticker, more)}},
        ]

    def _dropped(self, item: Item) -> list[Any]:
        name, ticker = self._table.name, item["sk"].partition("#")[2]
        key = {"pk": item["pk"], "sk": item["sk"]}
        return [
            {"Delete": {"TableName": name, "Key": key, **_as_it_was(item)}},
            {"Update": {"TableName": name, **_counted(ticker, -int(item["wanted"]))}},
        ]

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

    def _put_off(self, key: dict[str, str], field: str, at: datetime) -> None:
        """Sets *field* to *at*, unless it is later already."""
        self._update_if(
            Key=key,
            UpdateExpression="SET #field = :at",
            ConditionExpression="attribute_not_exists(#field) OR #field < :at",
            ExpressionAttributeNames={"#field": field},
            ExpressionAttributeValues={":at": stamp(at)},
        )

    def _update_if(self, **update: Any) -> None:
        """Nothing happens where the condition does not hold."""
        try:
            self._table.update_item(**update)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def _get(self, key: dict[str, str]) -> Item | None:
        return self._table.get_item(Key=key, ConsistentRead=True).get("Item")

    def _all(self, wanted: ConditionBase) -> list[Item]:
        page = self._table.query(KeyConditionExpression=wanted, ConsistentRead=True)
        items = page["Items"]
        while start := page.get("LastEvaluatedKey"):
            page = self._table.query(
                KeyConditionExpression=wanted, ConsistentRead=True, ExclusiveStartKey=start
            )
            items += page["Items"]
        return items


def _is_news(interest: Interest, known: Item | None, gone: Item | None) -> bool:
    if gone and gone["deleted_at"] >= stamp(interest.said_at):
        return False
    return known is None or interest.outdates(moment(known["said_at"]), known["wanted"])


def _user(user_id: str) -> str:
    return f"USER#{user_id}"


def _interest_key(interest: Interest) -> dict[str, str]:
    return {"pk": _user(interest.user_id), "sk": f"{interest.kind}#{interest.ticker}"}


def _gone_key(user_id: str) -> dict[str, str]:
    return {"pk": _user(user_id), "sk": "DELETED"}


def _tracked_key(ticker: str) -> dict[str, str]:
    return {"pk": "TRACKED", "sk": ticker}


def _counted(ticker: str, more: int) -> dict[str, Any]:
    return {
        "Key": _tracked_key(ticker),
        "UpdateExpression": "ADD watchers :more",
        "ExpressionAttributeValues": {":more": more},
    }


def _as_it_was(item: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": "said_at = :then AND wanted = :wanted",
        "ExpressionAttributeValues": {":then": item["said_at"], ":wanted": item["wanted"]},
    }
