"""The Talk table: the first words of each post, under every ticker it names, loudest first.

`POST#<id>` / `HEAD` says which version is kept, under which tickers, or that the post is gone.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from services.summaries.talking import Post
from services.summaries.tallying import loudness

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_DAY = 86_400


class TalkTable:
    """*days* words are kept from when they came, whenever they were written."""

    def __init__(self, table: "Table", *, days: int, now: Callable[[], float] = time.time) -> None:
        self._table, self._days, self._now = table, days, now

    def keep(self, post: Post, tickers: tuple[str, ...], version: str) -> None:
        head = self._head(post.post_id)
        if head.get("removed") or head.get("version", "") >= version:
            return
        expires = int(self._now()) + self._days * _DAY
        row = {"version": version, "tickers": list(tickers), "expires_at": expires}
        stale = [ticker for ticker in head.get("tickers", ()) if ticker not in tickers]
        self._change(post.post_id, head, row, stale, [self._about(post, t, expires) for t in tickers])

    def forget(self, post_id: str) -> None:
        head = self._head(post_id)
        self._change(post_id, head, {"removed": True}, head.get("tickers", ()), ())

    def loudest(self, ticker: str, day: date, limit: int) -> list[Post]:
        """The posts about a ticker written on a New York day, loudest first."""
        answer = self._table.query(
            IndexName="by_ticker",
            KeyConditionExpression=Key("about").eq(f"{ticker}#{day}"),
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_post(item) for item in answer["Items"]]

    def count(self, ticker: str, day: date) -> int:
        counted = 0
        for page in self._pages(KeyConditionExpression=Key("about").eq(f"{ticker}#{day}"), Select="COUNT"):
            counted += page["Count"]
        return counted

    def _pages(self, **asked: Any) -> Iterator[Any]:
        while True:
            page = self._table.query(IndexName="by_ticker", **asked)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _head(self, post_id: str) -> Any:
        return self._table.get_item(Key=_key(post_id, "HEAD"), ConsistentRead=True).get("Item", {})

    def _change(
        self,
        post_id: str,
        head: Any,
        row: dict[str, Any],
        stale: Sequence[str],
        about: Sequence[dict[str, Any]],
    ) -> None:
        """One transaction on the head as it was seen; where it changed meanwhile this raises."""
        name = {"TableName": self._table.name}
        unchanged: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if "version" in head:
            values = {":seen": head["version"]}
            unchanged = {"ConditionExpression": "version = :seen", "ExpressionAttributeValues": values}
        elif head:
            unchanged = {}
        put: Any = {"Put": {**name, "Item": {**_key(post_id, "HEAD"), **row}, **unchanged}}
        puts: Any = [{"Put": {**name, "Item": item}} for item in about]
        deletes: Any = [{"Delete": {**name, "Key": _key(post_id, f"ABOUT#{ticker}")}} for ticker in stale]
        self._table.meta.client.transact_write_items(TransactItems=[put, *puts, *deletes])

    def _about(self, post: Post, ticker: str, expires: int) -> dict[str, Any]:
        return {
            **_key(post.post_id, f"ABOUT#{ticker}"),
            "about": f"{ticker}#{post.day}",
            "loud": f"{post.loud:09.4f}#{post.post_id}",
            "written_at": post.written_at.isoformat(),
            "says": post.text,
            "votes": post.votes,
            "comments": post.comments,
            "expires_at": expires,
        }


def _post(item: Any) -> Post:
    votes, comments = int(item["votes"]), int(item["comments"])
    return Post(
        post_id=item["pk"].removeprefix("POST#"),
        written_at=datetime.fromisoformat(item["written_at"]),
        text=item["says"],
        votes=votes,
        comments=comments,
        loud=loudness(votes, comments),
    )


def _key(post_id: str, sort: str) -> dict[str, str]:
    return {"pk": f"POST#{post_id}", "sk": sort}
