"""The subscriptions table: a user's follows, contact and departure in one partition, indexed by ticker."""

import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.events.app import AlertRule, ContactChangedV1, QuietHours
from services.notifications.browsers import browser_id
from services.notifications.figures import sortable
from services.notifications.following import Follow
from services.notifications.locales import HOUSE
from services.notifications.partitions import items, user_key

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_SHARDS = 2
"""Partitions a ticker's followers are spread over; each is one more query for every event about it."""


_RANKED = {"drawdown"}
"""Kinds that are held against events about many tickers: which of them to look at is kept, and stays."""


class SubscriptionsTable:
    """A row holds the version of the fact it tells: time, then kind, then event id, so that any order of
    arrival ends in the same rows. What is gone stays as a marker."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def follow(self, follow: Follow, *, at: datetime, admitted: bool) -> bool:
        """Keeps *follow*, or that it was refused; false when something newer or the same is known."""
        row = {
            **_follow_key(follow.user_id, follow.ticker),
            "state": "on" if admitted else "refused",
            "version": _version(at, 0, follow.event_id),
            "user_id": follow.user_id,
            "ticker": follow.ticker,
            "rules": json.dumps([rule.model_dump(mode="json") for rule in follow.rules]),
            "event_id": follow.event_id,
        }
        for kind in {rule.kind for rule in follow.rules} & _RANKED:
            self._table.put_item(Item={"pk": f"ASKED#{kind}", "sk": follow.ticker})
        followed_as = {"followed_as": _shard(follow.ticker, follow.user_id)} if admitted else {}
        return self._put(row | followed_as, at)

    def unfollow(self, user_id: str, ticker: str, event_id: str, *, at: datetime) -> None:
        row = {"state": "off", "version": _version(at, 1, event_id), "user_id": user_id, "ticker": ticker}
        self._put({**_follow_key(user_id, ticker), **row}, at)

    def set_contact(self, contact: ContactChangedV1, event_id: str) -> None:
        at = contact.changed_at
        row = {"version": _version(at, 0, event_id), "contact": contact.model_dump_json()}
        chats = [c.address for c in contact.channels if c.kind == "telegram" and c.verified and c.address]
        row |= {"chat": chats[0]} if chats else {}
        self._put({"pk": user_key(contact.user_id), "sk": "CONTACT", **row}, at)

    def set_quiet(self, user_id: str, hours: QuietHours | None, event_id: str, *, at: datetime) -> None:
        """What a user said of their quiet hours; a contact of later replaces it."""
        told = hours.model_dump_json() if hours else ""
        row = {"version": _version(at, 0, event_id), "quiet_hours": told}
        self._put({"pk": user_key(user_id), "sk": "QUIET", **row}, at)

    def forget(self, user_id: str, *, before: datetime) -> None:
        """Marks the user as gone first: what arrives in between is refused, what is there is deleted."""
        gone = {**_gone_key(user_id), "version": sortable(before)}
        self._unless_stale(
            self._table.put_item,
            Item=gone,
            ConditionExpression="attribute_not_exists(pk) OR version < :version",
            ExpressionAttributeValues={":version": gone["version"]},
        )
        for row in self._of(user_id):
            if row["sk"] != gone["sk"]:
                self._unless_stale(
                    self._table.delete_item,
                    Key={"pk": row["pk"], "sk": row["sk"]},
                    ConditionExpression="version < :last",
                    ExpressionAttributeValues={":last": _version(before, 9, "")},
                )

    def is_known(self, user_id: str) -> bool:
        """Whether anything but their departure is kept of a user."""
        return any(row["sk"] != "GONE" for row in self._of(user_id))

    def followed(self, user_id: str) -> set[str]:
        """The tickers a user follows."""
        return {row["ticker"] for row in self._of(user_id) if row.get("state") == "on"}

    def followers(self, ticker: str) -> Iterator[Follow]:
        for shard in range(_SHARDS):
            for row in items(
                self._table.query,
                IndexName="by_ticker",
                KeyConditionExpression="followed_as = :shard",
                ExpressionAttributeValues={":shard": f"TICKER#{ticker}#{shard}"},
            ):
                yield _read_follow(row)

    def asked_for(self, kind: str) -> Iterator[str]:
        """Tickers anybody ever had a rule of that kind for."""
        asked = {":asked": f"ASKED#{kind}"}
        for row in items(
            self._table.query, KeyConditionExpression="pk = :asked", ExpressionAttributeValues=asked
        ):
            yield row["sk"]

    def contact(self, user_id: str) -> ContactChangedV1 | None:
        """With the quiet hours they stated since, where they did."""
        row, said = (
            self._table.get_item(Key={"pk": user_key(user_id), "sk": sk}, ConsistentRead=True).get("Item")
            for sk in ("CONTACT", "QUIET")
        )
        if row is None:
            return None
        contact = ContactChangedV1.read(json.loads(str(row["contact"])))
        if said is None or str(said["version"]) < str(row["version"]):
            return contact
        told = str(said["quiet_hours"])
        hours = QuietHours.model_validate_json(told) if told else None
        return contact.model_copy(update={"quiet_hours": hours})

    def locale(self, user_id: str) -> str:
        """How a user wants figures written; as at home where they told nothing."""
        contact = self.contact(user_id)
        return contact.locale if contact else HOUSE

    def follow_of(self, user_id: str, ticker: str) -> Follow | None:
        row: Any = self._table.get_item(Key=_follow_key(user_id, ticker), ConsistentRead=True).get("Item")
        return _read_follow(row) if row and row["state"] == "on" else None

    def still_follows(self, user_id: str, ticker: str | None) -> bool:
        """Whether the user follows *ticker*, or any ticker at all."""
        if ticker is None:
            return bool(self.followed(user_id))
        return self.follow_of(user_id, ticker) is not None

    def push_addresses(self, user_id: str) -> list[str]:
        """The browsers a user lets us push to, newest first: each its subscription as JSON."""
        rows = [row for row in self._of(user_id) if row["sk"].startswith("PUSH#") and "subscription" in row]
        newest = sorted(rows, key=lambda row: row["version"], reverse=True)
        return [row["subscription"] for row in newest]

    def keep_browser(self, user_id: str, browser_id: str, subscription: str | None, *, at: datetime) -> None:
        """Without a *subscription* it is taken away; what is newer stays."""
        key = {"pk": user_key(user_id), "sk": f"PUSH#{browser_id}"}
        told = {"subscription": subscription} if subscription else {"state": "off"}
        self._put({**key, **told, "version": _version(at, 0 if subscription else 1, browser_id)}, at)

    def prune_browser(self, user_id: str, subscription: str) -> None:
        """Deletes a browser that is gone; one that has subscribed anew since stays."""
        own = browser_id(json.loads(subscription)["endpoint"])
        self._unless_stale(
            self._table.delete_item,
            Key={"pk": user_key(user_id), "sk": f"PUSH#{own}"},
            ConditionExpression="subscription = :told",
            ExpressionAttributeValues={":told": subscription},
        )

    def user_of_chat(self, chat: str) -> str | None:
        """Whose Telegram chat it is: who named it last, of several."""
        found: list[Any] = self._table.query(
            IndexName="by_chat",
            KeyConditionExpression="chat = :chat",
            ExpressionAttributeValues={":chat": chat},
        )["Items"]
        newest = max(found, key=lambda row: str(row["version"]), default=None)
        return str(newest["pk"]).removeprefix("USER#") if newest else None

    def _of(self, user_id: str) -> Iterator[dict[str, Any]]:
        return items(
            self._table.query,
            KeyConditionExpression="pk = :user",
            ExpressionAttributeValues={":user": user_key(user_id)},
            ConsistentRead=True,
        )

    def _put(self, row: dict[str, str], at: datetime) -> bool:
        """One transaction: the row is newer than what is there, and the user did not leave after it."""
        name = self._table.name
        newer = {
            "TableName": name,
            "Item": row,
            "ConditionExpression": "attribute_not_exists(pk) OR version < :version",
            "ExpressionAttributeValues": {":version": row["version"]},
        }
        still_here = {
            "TableName": name,
            "Key": _gone_key(row["pk"].removeprefix("USER#")),
            "ConditionExpression": "attribute_not_exists(pk) OR version < :at",
            "ExpressionAttributeValues": {":at": sortable(at)},
        }
        client: Any = self._table.meta.client
        both = [{"Put": newer}, {"ConditionCheck": still_here}]
        return self._unless_stale(client.transact_write_items, TransactItems=both)

    @staticmethod
    def _unless_stale(write: Any, **wanted: Any) -> bool:
        """False when a condition says that what is there is newer; a conflict rises, to be tried again."""
        try:
            write(**wanted)
        except ClientError as error:
            if _is_stale(error):
                return False
            raise
        return True


def _is_stale(error: ClientError) -> bool:
    if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
        return True
    reasons: Any = error.response.get("CancellationReasons", [])
    return {reason.get("Code") for reason in reasons} - {"None", None} == {"ConditionalCheckFailed"}


def _follow_key(user_id: str, ticker: str) -> dict[str, str]:
    return {"pk": user_key(user_id), "sk": f"FOLLOW#{ticker}"}


def _gone_key(user_id: str) -> dict[str, str]:
    return {"pk": user_key(user_id), "sk": "GONE"}


def _shard(ticker: str, user_id: str) -> str:
    return f"TICKER#{ticker}#{zlib.crc32(user_id.encode()) % _SHARDS}"


def _version(at: datetime, kind: int, event_id: str) -> str:
    """At the same time an unfollow (1) is above a follow (0); of two alike, the event id decides."""
    return f"{sortable(at)}#{kind}#{event_id}"


def _read_follow(row: dict[str, Any]) -> Follow:
    rules = (AlertRule.model_validate(rule, context={"tolerant": True}) for rule in json.loads(row["rules"]))
    return Follow(row["user_id"], row["ticker"], tuple(rules), row["event_id"])
