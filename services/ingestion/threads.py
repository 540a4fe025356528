"""A thread as Reddit answers it: comments within comments, and stubs that only name comments."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from services.ingestion.reading import Row

DAILY = re.compile(r"daily (?:discussion|advice)|weekend discussion|moves tomorrow|megathread", re.IGNORECASE)
THREADS, THREAD_AGE = 3, timedelta(days=3)
_FIELDS = (
    "id", "name", "author", "subreddit", "created_utc", "edited", "score", "permalink", "removed_by_category",
    "title", "selftext", "num_comments", "upvote_ratio", "url", "body", "link_id", "parent_id",
)  # fmt: skip


def daily(rows: list[Row]) -> list[str]:
    """Ids of the daily threads among *rows*, newest first."""
    threads = {row["id"]: _posted(row) for row in rows if DAILY.search(str(row.get("title")))}
    newest = sorted(threads, key=lambda id_: threads[id_], reverse=True)[:THREADS]
    return [id_ for id_ in newest if threads[newest[0]] - threads[id_] < THREAD_AGE]


def sought(ticker: str) -> str:
    """What to search for; in quotes, as `OR` is a symbol and `BRK.B` is two words."""
    return f'"{ticker}" OR "${ticker}"'


def shown(children: Iterable[Any]) -> Iterator[Any]:
    """Every comment that is shown, at any depth."""
    for child in children:
        if child["kind"] == "t1":
            yield child
            yield from shown(_replies(child))


def hidden(children: Iterable[Any]) -> Iterator[str]:
    """Ids of comments that are named without being shown; under a comment ten deep, not even that."""
    for child in children:
        yield from child["data"]["children"] if child["kind"] == "more" else hidden(_replies(child))


def branches(children: Iterable[Any]) -> Iterator[Any]:
    """The replies to all that is shown at the top: the thread without its stub of further roots."""
    for child in children:
        yield from _replies(child)


def row_of(thing: dict[str, Any]) -> Row:
    """A post or comment without its replies and what nobody reads."""
    given = thing["data"]
    return {field: given[field] for field in _FIELDS if field in given}


def _replies(child: Any) -> list[Any]:
    # Reddit writes "" for no replies.
    replies = child["data"].get("replies")
    return replies["data"]["children"] if replies else []


def oldest(rows: list[Row]) -> datetime:
    return min(_posted(row) for row in rows)


def _posted(row: Row) -> datetime:
    return datetime.fromtimestamp(float(row["created_utc"]), UTC)
