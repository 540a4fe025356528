"""The scores table: a ticker's scores by day, the tickers of an hour, and a post's versions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from services.sentiment import score_items as items
from services.sentiment.keeping import Adoption, Kept, Score, Version, current, outdated, sortable
from services.sentiment.score_items import ADOPTIONS, DAY, HOUR, REMOVED, SPREAD, Item
from services.sentiment.shards import Pair

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_WITHOUT_TEXTS = {"ConsistentRead": True, "ProjectionExpression": "pk, sk, posted_at, tickers"}


class ScoresTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep(self, versions: Sequence[Version], scores: Sequence[Score]) -> None:
        """Writes all, then takes away what a newer version or a removal has made void.

        A scorer writes its rows before it looks for removals, and a removal is noted before it looks for
        rows: whichever comes second sees the other, so the order of arrival leaves no trace.
        """
        # Versions first: a row whose version is not written could never be found again by its post.
        self._put(items.version_item(version) for version in versions)
        self._put(i for score in scores for i in (items.score_item(score), items.presence_item(score)))
        self.settle(versions)
        self._unsum((score, score.ticker) for score in scores)

    def forget(self, post_id: str) -> None:
        """Deletes the post's scores and notes the removal, for scores that are still on their way."""
        self._table.put_item(Item=items.post_key(post_id, REMOVED))
        self._settle(post_id, [])

    def active(self, start: datetime, end: datetime) -> list[str]:
        """Tickers that may have scores within the hours from *start* to *end*, sorted."""
        return sorted(
            {
                item["sk"]
                for hour in items.steps(start, end, HOUR)
                for shard in range(SPREAD)
                for item in self._query(Key("pk").eq(items.hour_shard(hour, shard)))
            }
        )

    def between(self, ticker: str, start: datetime, end: datetime, *, latest: bool = False) -> list[Score]:
        """The ticker's scores in force, of posts from *start* until before *end*, oldest first.

        *latest*: with all that was written before the call.
        """
        found = list(self._kept(ticker, start, end, ConsistentRead=latest))
        adoptions = self.adoptions() if any(kept.again for kept in found) else []
        return [current(kept, adoptions) for kept in found]

    def pairs(self, since: datetime, until: datetime) -> Iterator[Pair]:
        """Every version of a post and ticker that has a score, by day, ticker and time of posting."""
        for day in items.steps(since, until, DAY):
            start, end = max(since, day), min(until, day + DAY)
            for ticker in self.active(start, end):
                for kept in self._kept(ticker, start, end):
                    yield Pair(ticker, kept.first.post_id, kept.first.posted_at, kept.first.seen)

    def adopt(self, adoption: Adoption) -> None:
        """Puts what a run scored again in force. The same adoption again changes nothing."""
        self._table.put_item(Item=items.adoption_item(adoption))

    def adoptions(self) -> list[Adoption]:
        asked = self._query(Key("pk").eq(ADOPTIONS), ConsistentRead=True)
        return [items.adoption(item) for item in asked]

    def _kept(self, ticker: str, start: datetime, end: datetime, **options: Any) -> Iterator[Kept]:
        # A row's sort key goes on after its moment, so one at *end* itself lies beyond the upper bound.
        within = Key("sk").between(sortable(start), sortable(end))
        for day in items.steps(start, end, DAY):
            of_day = self._query(Key("pk").eq(items.ticker_day(ticker, day)) & within, **options)
            yield from items.kept_of(ticker, of_day)

    def settle(self, versions: Sequence[Version]) -> None:
        """Takes away of the versions' posts what a newer version or a removal has made void."""
        for post_id in {version.post_id: None for version in versions}:
            self._settle(post_id, [version for version in versions if version.post_id == post_id])

    def _settle(self, post_id: str, own: list[Version]) -> None:
        found = list(self._query(Key("pk").eq(f"POST#{post_id}"), **_WITHOUT_TEXTS))
        versions = [*own, *(items.version(item) for item in found if item["sk"] != REMOVED)]
        each = {version.seen: version for version in versions}
        void = {v.seen for v in outdated(each.values(), removed=any(i["sk"] == REMOVED for i in found))}
        rows = [(v, ticker) for v in versions if v.seen in void for ticker in v.tickers]
        self._delete(key for version, ticker in rows for key in self._keys(version, ticker))
        # Before the version itself goes: a retry finds the days of its scores by it.
        self._unsum(rows)
        self._delete(items.post_key(post_id, seen) for seen in void)

    def _keys(self, version: Version, ticker: str) -> Iterator[Item]:
        """Of the version's first score for the ticker and of all those read again."""
        key = items.score_key(ticker, version)
        row = Key("pk").eq(key["pk"]) & Key("sk").begins_with(key["sk"])
        for item in self._query(row, ConsistentRead=True, ProjectionExpression="pk, sk"):
            if f"{item['sk']}#".startswith(
                f"{key['sk']}#"
            ):  # not of a version whose name begins as this one's
                yield {"pk": item["pk"], "sk": item["sk"]}

    def _unsum(self, rows: Iterable[tuple[Version | Score, str]]) -> None:
        """After the rows were written or deleted: what was added up without them goes."""
        self._delete(items.day_sums_key(row, ticker) for row, ticker in rows)

    def _put(self, rows: Iterator[Item]) -> None:
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for row in rows:
                batch.put_item(Item=row)

    def _delete(self, keys: Iterator[Item]) -> None:
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for key in keys:
                batch.delete_item(Key=key)

    def _query(self, condition: Any, **options: Any) -> Iterator[Item]:
        answer: Any = self._table.query(KeyConditionExpression=condition, **options)
        yield from answer["Items"]
        while page := answer.get("LastEvaluatedKey"):
            answer = self._table.query(KeyConditionExpression=condition, ExclusiveStartKey=page, **options)
            yield from answer["Items"]
