"""How the scores table writes things down: keys, items, and back again."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zlib import crc32

from services.sentiment.keeping import Adoption, Kept, Score, Version, sortable

Item = dict[str, Any]

SPREAD = 4
REMOVED = "REMOVED"
ADOPTIONS = "ADOPTED"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def post_key(post_id: str, seen: str) -> Item:
    return {"pk": f"POST#{post_id}", "sk": seen}


def ticker_day(ticker: str, moment: datetime) -> str:
    return f"TICKER#{ticker}#{sortable(moment)[:10]}"


def hour_shard(moment: datetime, shard: int) -> str:
    return f"HOUR#{sortable(moment)[:13]}#{shard}"


def sums_key(ticker: str, day: date) -> Item:
    return {"pk": f"SUMS#{ticker}", "sk": day.isoformat()}


def day_sums_key(score: Version | Score, ticker: str) -> Item:
    """Of the day whose sums a score of it makes void."""
    return sums_key(ticker, score.posted_at.astimezone(UTC).date())


def score_key(ticker: str, version: Version | Score) -> Item:
    """Of the first score; the keys of those read again go on after it."""
    return {
        "pk": ticker_day(ticker, version.posted_at),
        "sk": f"{sortable(version.posted_at)}#{version.post_id}#{version.seen}",
    }


def presence_item(score: Score) -> Item:
    shard = crc32(score.ticker.encode()) % SPREAD
    return {"pk": hour_shard(score.posted_at, shard), "sk": score.ticker}


def version_item(version: Version) -> Item:
    kept: Item = {"posted_at": sortable(version.posted_at), "tickers": list(version.tickers)}
    if version.text is not None:
        kept |= {"text": version.text, "mentions": [list(mention) for mention in version.mentions]}
    return post_key(version.post_id, version.seen) | kept


def version(item: Item) -> Version:
    mentions = tuple((ticker, int(start), int(end)) for ticker, start, end in item.get("mentions", ()))
    return Version(
        post_id=item["pk"].removeprefix("POST#"),
        posted_at=datetime.fromisoformat(item["posted_at"]),
        seen=item["sk"],
        tickers=tuple(item["tickers"]),
        text=item.get("text"),
        mentions=mentions,
    )


def score_item(score: Score) -> Item:
    kept = _read(score) | {
        "author": score.author,
        "cluster": score.cluster,
        "votes": score.votes,
        "comments": score.comments,
        "event": score.event,
    }
    return score_key(score.ticker, score) | {k: v for k, v in kept.items() if v is not None}


def again_item(score: Score) -> Item:
    """What another model made of a score's post; the rest stands in the first score's item."""
    key = score_key(score.ticker, score)
    return key | {"sk": f"{key['sk']}#{score.model}@{score.version}"} | _read(score)


def kept_of(ticker: str, items: Iterable[Item]) -> Iterator[Kept]:
    """Each first score with those read again, from items in the order of their keys.

    One read again whose first score is gone belongs to a version that is void: it is passed over.
    """
    first, again = None, list[Score]()
    for item in items:
        posted_at, post_id, seen, *model = item["sk"].split("#")
        if not model:
            if first:
                yield Kept(first, tuple(again))
            first, again = _first(ticker, posted_at, post_id, seen, item), []
        elif first and (first.post_id, first.seen) == (post_id, seen):
            read: Item = {name: item.get(name) for name in _READ}
            again.append(replace(first, **read | _shares(item)))
    if first:
        yield Kept(first, tuple(again))


def adoption_item(adoption: Adoption) -> Item:
    return {
        "pk": ADOPTIONS,
        "sk": adoption.run,
        "since": sortable(adoption.since),
        "until": sortable(adoption.until),
        "model": adoption.model,
        "version": adoption.version,
        "asked_at": sortable(adoption.asked_at),
    }


def adoption(item: Item) -> Adoption:
    moments = {name: datetime.fromisoformat(item[name]) for name in ("since", "until", "asked_at")}
    return Adoption(run=item["sk"], model=item["model"], version=item["version"], **moments)


def steps(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """The whole UTC hours or days that hold a moment from *start* until before *end*."""
    moment = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if step == DAY:
        moment = moment.replace(hour=0)
    while moment < end:
        yield moment
        moment += step


_READ = ("polarity", "label", "method", "model", "version", "shares")


def _shares(item: Item) -> dict[str, Any]:
    return {"shares": tuple(shares) if (shares := item.get("shares")) else None}


def _read(score: Score) -> Item:
    return {name: getattr(score, name) for name in _READ}


def _first(ticker: str, posted_at: str, post_id: str, seen: str, item: Item) -> Score:
    return Score(
        ticker=ticker,
        post_id=post_id,
        posted_at=datetime.fromisoformat(posted_at),
        seen=seen,
        polarity=item["polarity"],
        label=item.get("label"),
        method=item["method"],
        model=item.get("model"),
        version=item.get("version"),
        **_shares(item),
        author=item.get("author"),
        cluster=item.get("cluster"),
        votes=int(item["votes"]),
        comments=int(item["comments"]),
        event=item["event"],
    )
