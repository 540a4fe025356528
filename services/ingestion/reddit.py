"""Reddit, through PRAW: a community's newest and hot posts, and the comments of its daily threads."""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import praw
import requests
from praw.exceptions import PRAWException
from prawcore.exceptions import BadJSON, PrawcoreException, RequestException

from services.ingestion.collecting import Look, SourceUnavailable, TryLater
from services.ingestion.keeping import KnownPosts
from services.ingestion.reading import Row

DAILY = re.compile(r"daily (?:discussion|advice)|weekend discussion|moves tomorrow|megathread", re.IGNORECASE)
THREADS, THREAD_AGE = 3, timedelta(days=3)
PAGES, MORE = 10, 500
"""Reddit lists no more than 1,000 posts; comments beyond a thread's first 500 are asked for by hundreds."""
VISIT_SECONDS = 80.0
"""When a visit makes no further request: one may take 10 s of PRAW's pacing and 16 s of waiting."""
PATIENCE_SECONDS = 5.0
_FIELDS = (
    "id", "name", "author", "subreddit", "created_utc", "edited", "score", "permalink", "removed_by_category",
    "title", "selftext", "num_comments", "upvote_ratio", "url", "body", "link_id", "parent_id",
)  # fmt: skip


class Reddit:
    """One a worker: PRAW may not be shared between threads. *credentials* gives PRAW's settings as JSON."""

    name = "reddit"

    def __init__(
        self, credentials: Callable[[], str | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._credentials, self._clock = credentials, clock
        self._client: praw.Reddit | None = None
        self._ready_at = 0.0

    def visit(self) -> "RedditVisit":
        return RedditVisit(self, self._clock() + VISIT_SECONDS)

    def get(self, path: str, params: dict[str, str | int], deadline: float) -> Any:
        """The parsed answer. Raises TryLater rather than wait, SourceUnavailable when refused."""
        client = self._connected()
        now = self._clock()
        if now > deadline or self._ready_at - now > PATIENCE_SECONDS:
            raise TryLater(f"Reddit asks us to wait {max(self._ready_at - now, 0):.0f} s, longer than we may")
        try:
            return client.request(method="GET", path=path, params=params)
        except RequestException as error:
            raise TryLater(str(error)) from error
        except (PrawcoreException, PRAWException) as error:
            raise _meaning(error) from error
        except KeyError as error:
            # How prawcore ends on a 401 that names no OAuth error.
            raise SourceUnavailable(f"Reddit answered {error}") from error

    def _connected(self) -> praw.Reddit:
        if self._client is None:
            if (settings := self._credentials()) is None:
                raise SourceUnavailable("no Reddit credentials; store them and name them in RedditParameter")
            session = requests.Session()
            session.hooks["response"].append(self._note)
            self._client = praw.Reddit(
                **json.loads(settings), check_for_updates=False, requestor_kwargs={"session": session}
            )
        return self._client

    def _note(self, response: requests.Response, **_: object) -> None:
        """Until when Reddit wants no more requests: PRAW would sleep that long inside the next one."""
        if float(response.headers.get("x-ratelimit-remaining", "1")) < 1:
            self._ready_at = self._clock() + float(response.headers.get("x-ratelimit-reset", "600"))


def _meaning(error: Exception) -> Exception:
    status = getattr(getattr(error, "response", None), "status_code", 0)
    if isinstance(error, BadJSON) or status == 429 or status >= 500:
        return TryLater(f"Reddit answered {status}: {error}")
    return SourceUnavailable(f"Reddit answered {status}: {error}")


class RedditVisit:
    """A look through some communities, ended by *deadline* on the clock of its client."""

    def __init__(self, reddit: Reddit, deadline: float) -> None:
        self._reddit, self._deadline = reddit, deadline

    def look(self, community: str, since: datetime, known: KnownPosts) -> Look:
        """Newest posts back to *since*, all that is hot now, and the daily threads' comments since."""
        newest, complete_from = self._newest(community, since)
        hot, _ = self._listing(f"/r/{community}/hot")
        rows = [*newest, *hot]
        for thread in _daily(rows):
            comments, from_ = self._comments(thread, since, known)
            rows += comments
            complete_from = max(complete_from, from_)
        return Look(rows, complete_from)

    def _newest(self, community: str, since: datetime) -> tuple[list[Row], datetime]:
        rows: list[Row] = []
        after = None
        for _ in range(PAGES):
            page, after = self._listing(f"/r/{community}/new", **({"after": after} if after else {}))
            rows += page
            if after is None or not page or _oldest(rows) < since:
                return rows, since
        return rows, _oldest(rows)

    def _comments(self, thread: str, since: datetime, known: KnownPosts) -> tuple[list[Row], datetime]:
        children = self._get(f"/comments/{thread}", sort="new", limit=500)[1]["data"]["children"]
        rows = list(_flat(children))
        hidden = list(_hidden(child for shown in children for child in _replies(shown)))
        if not rows or _oldest(rows) >= since:
            # Newest first: had one been older, all hidden roots would be older still.
            hidden += _roots_hidden(children)
        there = known([f"reddit:t1_{id_}" for id_ in hidden])
        unseen = [f"t1_{id_}" for id_ in hidden if f"reddit:t1_{id_}" not in there]
        for start in range(0, min(len(unseen), MORE), 100):
            rows += self._listing("/api/info", id=",".join(unseen[start : start + 100]))[0]
        missed = rows and len(unseen) > MORE
        return rows, max(_oldest(rows), since) if missed else since

    def _listing(self, path: str, **params: str | int) -> tuple[list[Row], str | None]:
        page = self._get(path, **{"limit": 100, **params})["data"]
        return [_row(child["data"]) for child in page["children"]], page.get("after")

    def _get(self, path: str, **params: str | int) -> Any:
        return self._reddit.get(path, params, self._deadline)


def _daily(rows: list[Row]) -> list[str]:
    """Ids of the daily threads among *rows*, newest first."""
    threads = {row["id"]: _posted(row) for row in rows if DAILY.search(str(row.get("title")))}
    newest = sorted(threads, key=lambda id_: threads[id_], reverse=True)[:THREADS]
    return [id_ for id_ in newest if threads[newest[0]] - threads[id_] < THREAD_AGE]


def _flat(children: Iterable[Any]) -> Iterator[Row]:
    for child in children:
        if child["kind"] == "t1":
            yield _row(child["data"])
            yield from _flat(_replies(child))


def _hidden(children: Iterable[Any]) -> Iterator[str]:
    """Ids of comments that the answer names without showing them."""
    for child in children:
        yield from child["data"]["children"] if child["kind"] == "more" else _hidden(_replies(child))


def _roots_hidden(children: Iterable[Any]) -> Iterator[str]:
    return _hidden(child for child in children if child["kind"] == "more")


def _replies(child: Any) -> list[Any]:
    # Reddit writes "" for no replies.
    replies = child["data"].get("replies")
    return replies["data"]["children"] if replies else []


def _row(thing: dict[str, Any]) -> Row:
    return {field: thing[field] for field in _FIELDS if field in thing}


def _oldest(rows: list[Row]) -> datetime:
    return min(_posted(row) for row in rows)


def _posted(row: Row) -> datetime:
    return datetime.fromtimestamp(float(row["created_utc"]), UTC)
