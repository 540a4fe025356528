"""The PromptCache table: answers by their question's key, and who is asking for one that is missing."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from services.summaries.consulting import Reply, Usage

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

DAY = 86_400
LEASE = 90
"""Seconds after which whoever asked is taken for dead; a call with its retries is shorter."""
_FREE = (
    "attribute_not_exists(pk) OR expires_at < :now OR (attribute_not_exists(answer) AND leased_until < :now)"
)


class PromptCacheTable:
    """*days* an answer is kept. Time is this machine's: what expires late by some seconds does no harm."""

    def __init__(self, table: "Table", *, days: int, now: Callable[[], float] = time.time) -> None:
        self._table, self._days, self._now = table, days, now

    def look_or_claim(self, key: str) -> Reply | Literal["mine", "theirs"]:
        now = int(self._now())
        item: Any = self._table.get_item(Key=_key(key), ConsistentRead=True).get("Item")
        # DynamoDB deletes what has expired within days, so it may still lie here.
        if item and "answer" in item and item["expires_at"] >= now:
            return _reply(item["answer"])
        claim: Any = {**_key(key), "leased_until": now + LEASE, "expires_at": now + DAY}
        try:
            self._table.put_item(
                Item=claim, ConditionExpression=_FREE, ExpressionAttributeValues={":now": now}
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return "theirs"
        return "mine"

    def keep(self, key: str, reply: Reply) -> None:
        expires = int(self._now()) + self._days * DAY
        self._table.put_item(Item={**_key(key), "answer": _text(reply), "expires_at": expires})

    def let_go(self, key: str) -> None:
        try:
            self._table.delete_item(Key=_key(key), ConditionExpression="attribute_not_exists(answer)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


def _key(key: str) -> dict[str, str]:
    return {"pk": f"PROMPT#{key}"}


def _text(reply: Reply) -> str:
    usage = reply.usage
    return json.dumps({"content": reply.content, "read": usage.read, "written": usage.written})


def _reply(text: str) -> Reply:
    kept = json.loads(text)
    return Reply(tuple(kept["content"]), Usage(kept["read"], kept["written"]))
