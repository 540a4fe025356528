"""RSS and Atom feeds, through feedparser; a feed is a community named by its address."""

import re
from calendar import timegm
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any, Protocol

import feedparser

from services.ingestion.entries import SOURCE, entry_row
from services.ingestion.fetching import Fetched, fetch
from services.ingestion.keeping import KnownPosts
from services.ingestion.looking import Look, SourceUnavailable, TryLater
from services.ingestion.reading import Row

MOST_ENTRIES = 500
VISIT = timedelta(seconds=60)
"""When a visit asks no further feed; the last may still be slow, and the worker lives 120 s."""
# In any encoding XML may come in; no honest feed declares entities of its own.
_ENTITIES = re.compile(rb"<\0{0,3}!\0{0,3}E\0{0,3}N\0{0,3}T\0{0,3}I\0{0,3}T\0{0,3}Y")


class Gate(Protocol):
    def enter(self, name: str) -> None: ...

    def worked(self, name: str) -> None: ...

    def failed(self, name: str, seconds: float | None = None) -> None: ...


class Feeds:
    """Each feed is asked for what changed since its last answer, which its marks tell."""

    name = SOURCE

    def __init__(
        self,
        urls: Sequence[str],
        gate: Gate,
        clock: Callable[[], datetime],
        fetch: Callable[[str, Mapping[str, str]], Fetched] = fetch,
    ) -> None:
        self.communities = urls
        self._gate, self._clock, self._fetch = gate, clock, fetch

    def visit(self) -> "FeedsVisit":
        return FeedsVisit(self, self._clock() + VISIT)

    def ask(self, url: str, marks: Mapping[str, str], deadline: datetime) -> tuple[Fetched, datetime]:
        """The answer and when it came. Raises TryLater and SourceUnavailable."""
        if self._clock() > deadline:
            raise TryLater("this worker has no time for more", 1)
        wanted = {"If-None-Match": "etag", "If-Modified-Since": "modified"}
        self._gate.enter(url)
        try:
            answer = self._fetch(url, {name: marks[mark] for name, mark in wanted.items() if mark in marks})
        except TryLater as late:
            self._gate.failed(url, late.asked)
            raise
        self._gate.worked(url)
        return answer, self._clock()


class FeedsVisit:
    """A look through some feeds, ended by *deadline*."""

    def __init__(self, feeds: Feeds, deadline: datetime) -> None:
        self._feeds, self._deadline = feeds, deadline

    def look(self, community: str, since: datetime, known: KnownPosts, marks: Mapping[str, str]) -> Look:
        """All entries the feed shows. It is not complete where it shows none of those it showed last."""
        try:
            answer, now = self._feeds.ask(community, marks, self._deadline)
        except TryLater as late:
            return Look([], since, marks, left=late)
        if answer.status == 304:
            return Look([], since, marks)
        rows = _rows(community, answer, now)
        times = [row["created_utc"] for row in rows if row["created_utc"] is not None]
        missed = times and "last" in marks and marks["last"] not in {row["id"] for row in rows}
        complete_from = max(since, datetime.fromtimestamp(min(times), UTC)) if missed else since
        return Look(rows, complete_from, _marks(answer, rows, marks))


def _rows(feed: str, answer: Fetched, now: datetime) -> list[dict[str, Any]]:
    if _ENTITIES.search(answer.body):
        raise SourceUnavailable("declares entities of its own")
    headers = {"content-type": answer.headers.get("Content-Type", "")}
    # A stream: text or bytes would be taken for an address or a file's name first.
    parsed = feedparser.parse(BytesIO(answer.body), response_headers=headers, sanitize_html=False)
    if not parsed.get("version"):
        raise SourceUnavailable("is no feed")
    otherwise = _seconds(parsed.feed, "updated_parsed", "published_parsed") or _sent(answer.headers)
    rows = []
    for entry in parsed.entries[:MOST_ENTRIES]:
        edited = _seconds(entry, "updated_parsed")
        at = _seconds(entry, "published_parsed", "updated_parsed") or otherwise
        rows.append(entry_row(feed, entry, min(at, now.timestamp()) if at else None, edited))
    return rows


def _seconds(said: Mapping[str, Any], *names: str) -> float | None:
    """The first of these times that is said, in seconds since 1970. Asked by `get`, feedparser guesses."""
    stated = (said[name] for name in names if name in said)
    return next((float(timegm(moment)) for moment in stated if moment), None)


def _sent(headers: Mapping[str, str]) -> float | None:
    try:
        return parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        return None


def _marks(answer: Fetched, rows: Sequence[Row], before: Mapping[str, str]) -> dict[str, str]:
    newest = max(rows, key=lambda row: row["created_utc"] or 0.0)["id"] if rows else before.get("last")
    found = {
        "etag": answer.headers.get("ETag"),
        "modified": answer.headers.get("Last-Modified"),
        "last": newest,
    }
    return {name: value for name, value in found.items() if value}
