"""Our count of who talks about what, beside an aggregate's: a cross-check, never a source of posts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from services.ingestion.archive import BadLine
from services.ingestion.linking import link
from services.ingestion.looking import SourceUnavailable
from services.ingestion.reading import RawPost
from services.ingestion.universe import Universe

OURS = "reddit"
DAY = timedelta(days=1)
"""The aggregates we know count the last 24 hours."""
TOP = 20

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mentions:
    """How many posts an aggregate counted for a ticker in the last day."""

    ticker: str
    count: int


class Parts(Protocol):
    def keys(self, source: str, day: date) -> Iterator[str]: ...

    def read(self, key: str) -> Iterator[RawPost | BadLine]: ...

    def put_mentions(self, source: str, at: datetime, rows: Sequence[Row]) -> str: ...


def compare_mentions(
    due: Due,
    publish: Publish,
    *,
    aggregate: str,
    theirs: Callable[[], Sequence[Mentions]],
    parts: Parts,
    universe: Universe,
    tell: Callable[..., Any],
) -> None:
    """Keeps both counts of the day before the tick, ticker by ticker, and tells how far apart they are.

    Announces nothing: what an aggregate counts is not ours to vouch for. Safe to repeat.
    """
    try:
        counted = {found.ticker: found.count for found in theirs()}
    except SourceUnavailable as reason:
        tell("mentions.skipped", extra={"aggregate": aggregate, "reason": str(reason)})
        return
    rows = compared(our_mentions(parts, due.due_at, universe), counted)
    key = parts.put_mentions(aggregate, due.due_at, rows)
    tell("mentions.compared", extra={"aggregate": aggregate, "key": key, **difference(rows)})


def our_mentions(parts: Parts, until: datetime, universe: Universe) -> Counter[str]:
    """Posts of the day before *until* a ticker, from what was collected; a post counts a ticker once."""
    tickers: dict[str, set[str]] = {}
    for day in (until.date() - DAY, until.date()):
        for key in parts.keys(OURS, day):
            for post in parts.read(key):
                if isinstance(post, RawPost) and until - DAY < post.created_at <= until:
                    tickers[post.id] = {found.symbol for found in link(post.title, post.text, universe)}
    return Counter(symbol for found in tickers.values() for symbol in found)


def compared(ours: Mapping[str, int], theirs: Mapping[str, int]) -> list[Row]:
    """A row a ticker anybody counted, their order first. `None` where one side says nothing of it."""
    named = sorted(
        {*ours, *theirs}, key=lambda ticker: (-theirs.get(ticker, 0), -ours.get(ticker, 0), ticker)
    )
    return [{"ticker": ticker, "ours": ours.get(ticker), "theirs": theirs.get(ticker)} for ticker in named]


def difference(rows: Sequence[Row]) -> dict[str, Any]:
    """Sums, what only one side has, and the share of their top twenty that is in ours; None without any."""
    top = {side: _top(rows, side) for side in ("ours", "theirs")}
    return {
        "ours": sum(row["ours"] or 0 for row in rows),
        "theirs": sum(row["theirs"] or 0 for row in rows),
        "only_ours": sum(row["theirs"] is None for row in rows),
        "only_theirs": sum(row["ours"] is None for row in rows),
        "top_shared": len(top["ours"] & top["theirs"]) / len(top["theirs"]) if top["theirs"] else None,
    }


def _top(rows: Sequence[Row], side: str) -> set[str]:
    counted = [row for row in rows if row[side]]
    return {row["ticker"] for row in sorted(counted, key=lambda row: -row[side])[:TOP]}
