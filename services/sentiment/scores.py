"""The scores table: a ticker's scores by day, the tickers of an hour, and a post's versions."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from boto3.dynamodb.conditions import Key

from services.sentiment.keeping import Score, Version, outdated, sortable

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

Item = dict[str, Any]

_SPREAD = 4
_REMOVED = "REMOVED"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class ScoresTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep(self, versions: Sequence[Version], scores: Sequence[Score]) -> None:
        """Writes all, then takes away what a newer version or a removal has made void.

        A scorer writes its rows before it looks for removals, and a removal is noted before it looks for
        rows: whichever comes second sees the other, so the order of arrival leaves no trace.
        """
        # Versions first: a row whose version is not written could never be found again by its post.
        self._put(_version_item(version) for version in versions)
        self._put(item for score in scores for item in (_score_item(score), _presence_item(score)))
        for post_id in {version.post_id: None for version in versions}:
            self._settle(post_id, [version for version in versions if version.post_id == post_id])

    def forget(self, post_id: str) -> None:
        """Deletes the post's scores and notes the removal, for scores that are still on their way."""
        self._table.put_item(Item={"pk": _post(post_id), "sk": _REMOVED})
        self._settle(post_id, [])

    def active(self, start: datetime, end: datetime) -> list[str]:
        """Tickers that may have scores within the hours from *start* to *end*, sorted."""
        return sorted(
            {
                item["sk"]
                for hour in _steps(start, end, _HOUR)
                for shard in range(_SPREAD)
                for item in self._query(Key("pk").eq(_hour(hour, shard)))
            }
        )

    def between(self, ticker: str, start: datetime, end: datetime) -> list[Score]:
        """The ticker's scores posted from *start* until before *end*, oldest first."""
        # A row's sort key goes on after its moment, so one at *end* itself lies beyond the upper bound.
        within = Key("sk").between(sortable(start), sortable(end))
        return [
            _score(ticker, item)
            for day in _steps(start, end, _DAY)
            for item in self._query(Key("pk").eq(_ticker_day(ticker, day)) & within)
        ]

    def _settle(self, post_id: str, own: list[Version]) -> None:
        found = list(self._query(Key("pk").eq(_post(post_id)), ConsistentRead=True))
        versions = {version.seen: version for version in own}
        versions |= {item["sk"]: _version(post_id, item) for item in found if item["sk"] != _REMOVED}
        void = outdated(versions.values(), removed=any(item["sk"] == _REMOVED for item in found))
        self._delete(_score_key(ticker, version) for version in void for ticker in version.tickers)
        self._delete({"pk": _post(post_id), "sk": version.seen} for version in void)

    def _put(self, items: Iterator[Item]) -> None:
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for item in items:
                batch.put_item(Item=item)

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


def _post(post_id: str) -> str:
    return f"POST#{post_id}"


def _ticker_day(ticker: str, moment: datetime) -> str:
    return f"TICKER#{ticker}#{sortable(moment)[:10]}"


def _hour(moment: datetime, shard: int) -> str:
    return f"HOUR#{sortable(moment)[:13]}#{shard}"


def _score_key(ticker: str, version: Version | Score) -> Item:
    return {
        "pk": _ticker_day(ticker, version.posted_at),
        "sk": f"{sortable(version.posted_at)}#{version.post_id}#{version.seen}",
    }


def _presence_item(score: Score) -> Item:
    shard = crc32(score.ticker.encode()) % _SPREAD
    return {"pk": _hour(score.posted_at, shard), "sk": score.ticker}


def _version_item(version: Version) -> Item:
    return {
        "pk": _post(version.post_id),
        "sk": version.seen,
        "posted_at": sortable(version.posted_at),
        "tickers": list(version.tickers),
    }


def _version(post_id: str, item: Item) -> Version:
    return Version(post_id, datetime.fromisoformat(item["posted_at"]), item["sk"], tuple(item["tickers"]))


def _score_item(score: Score) -> Item:
    kept = {
        "polarity": score.polarity,
        "method": score.method,
        "author": score.author,
        "cluster": score.cluster,
        "votes": score.votes,
        "comments": score.comments,
        "event": score.event,
    }
    return _score_key(score.ticker, score) | {
        name: value for name, value in kept.items() if value is not None
    }


def _score(ticker: str, item: Item) -> Score:
    posted_at, post_id, seen = item["sk"].split("#")
    return Score(
        ticker=ticker,
        post_id=post_id,
        posted_at=datetime.fromisoformat(posted_at),
        seen=seen,
        polarity=item["polarity"],
        method=item["method"],
        author=item.get("author"),
        cluster=item.get("cluster"),
        votes=int(item["votes"]),
        comments=int(item["comments"]),
        event=item["event"],
    )


def _steps(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """The whole UTC hours or days that hold a moment from *start* until before *end*."""
    moment = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if step == _DAY:
        moment = moment.replace(hour=0)
    while moment < end:
        yield moment
        moment += step
