"""The DayStats table: one item per post with its scores, one per ticker's bar, read back by day."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zlib import crc32

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from contracts.events.ingestion import PostIngestedV1
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import SentimentScoredV1
from services.summaries.seeing import Look
from services.summaries.tallying import Close, Day, Score, SeenPost

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

SHARDS = 16
"""A day is read from this many partitions, so that a ticker everybody talks about is not one of them."""
_SCORE = "score#"
_END = " | "
"""Where a version ends; versions hold no bar."""


class DayStatsTable:
    """Each part of a row is one text, its version and then JSON, so the later of two is the greater text."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep_post(self, post: PostIngestedV1, day: date, version: str) -> None:
        part = {
            "tickers": sorted({mention.ticker for mention in post.tickers}),
            "author": post.author,
            "cluster": post.cluster,
            "score": post.score,
            "comments": post.comments,
        }
        self._keep(_post_key(post.post_id), day, "post", version, part)

    def keep_score(self, score: SentimentScoredV1, day: date, version: str) -> None:
        part = {"polarity": str(score.polarity), "method": score.method}
        self._keep(_post_key(score.post_id), day, f"{_SCORE}{score.ticker}", version, part)

    def keep_bar(self, bar: DailyBarClosedV1, version: str) -> None:
        change = None if bar.change_pct is None else str(bar.change_pct)
        part = {"ticker": bar.ticker, "close": str(bar.close), "change_pct": change}
        self._keep(f"BAR#{bar.ticker}#{bar.date}", bar.date, "bar", version, part)

    def keep_look(self, collection: str, look: Look, day: date, version: str) -> None:
        part = {
            "start": look.start.isoformat(),
            "end": look.end.isoformat(),
            "expected": None if look.expected is None else str(look.expected),
            "coverage": None if look.coverage is None else str(look.coverage),
            "gaps": [[start.isoformat(), end.isoformat()] for start, end in look.gaps],
        }
        self._keep(f"LOOK#{day}#{collection}#{part['end']}", day, "look", version, part)

    def forget(self, post_id: str) -> None:
        """Leaves only the mark that the post is gone, which no late arrival undoes."""
        self._table.put_item(Item={"pk": _post_key(post_id), "removed": True})

    def read(self, day: date) -> Day:
        """All that was gathered for a day."""
        posts, closes, looks = list[SeenPost](), dict[str, Close](), list[Look]()
        for row in self._rows(day):
            if "post" in row:
                posts.append(_post(row))
            elif "look" in row:
                looks.append(_look(row))
            elif "bar" in row:
                bar = _content(row["bar"])
                change = bar["change_pct"]
                closes[bar["ticker"]] = Close(Decimal(bar["close"]), Decimal(change) if change else None)
        return Day(posts, closes, looks)

    def _keep(self, pk: str, day: date, name: str, version: str, part: dict[str, Any]) -> None:
        try:
            self._table.update_item(
                Key={"pk": pk},
                UpdateExpression="SET #day = :day, #part = :part",
                ConditionExpression="attribute_not_exists(#removed) AND "
                "(attribute_not_exists(#part) OR #part < :part)",
                ExpressionAttributeNames={"#day": "day", "#part": name, "#removed": "removed"},
                ExpressionAttributeValues={
                    ":day": _shard(day, crc32(pk.encode()) % SHARDS),
                    ":part": f"{version}{_END}{json.dumps(part, ensure_ascii=False)}",
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def _rows(self, day: date) -> Iterator[dict[str, Any]]:
        for number in range(SHARDS):
            of_shard = Key("day").eq(_shard(day, number))
            answer = self._table.query(IndexName="ByDay", KeyConditionExpression=of_shard)
            yield from answer["Items"]
            while next_page := answer.get("LastEvaluatedKey"):
                answer = self._table.query(
                    IndexName="ByDay", KeyConditionExpression=of_shard, ExclusiveStartKey=next_page
                )
                yield from answer["Items"]


def _post_key(post_id: str) -> str:
    return f"POST#{post_id}"


def _shard(day: date, number: int) -> str:
    return f"{day}#{number:02}"


def _content(part: str) -> Any:
    return json.loads(part.partition(_END)[2])


def _look(row: dict[str, str]) -> Look:
    part = _content(row["look"])
    return Look(
        start=datetime.fromisoformat(part["start"]),
        end=datetime.fromisoformat(part["end"]),
        expected=Decimal(part["expected"]) if part["expected"] else None,
        coverage=Decimal(part["coverage"]) if part["coverage"] else None,
        gaps=tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in part["gaps"]),
    )


def _post(row: dict[str, str]) -> SeenPost:
    part = _content(row["post"])
    scores = {
        name.removeprefix(_SCORE): _content(text) for name, text in row.items() if name.startswith(_SCORE)
    }
    return SeenPost(
        post_id=row["pk"].removeprefix("POST#"),
        author=part["author"],
        cluster=part.get("cluster"),
        votes=part["score"],
        comments=part["comments"],
        tickers=tuple(part["tickers"]),
        scores={ticker: Score(Decimal(kept["polarity"]), kept["method"]) for ticker, kept in scores.items()},
    )
