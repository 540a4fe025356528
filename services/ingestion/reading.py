"""From a row as Reddit, its archives or a collector's CSV give it to a post of ours."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from html import unescape
from typing import Any, Literal
from zlib import crc32

from services.ingestion.addresses import NATIVE_ID, address, parent
from services.ingestion.cleaning import clean, withheld

Row = Mapping[str, Any]
Kind = Literal["post", "comment"]

REDDIT_BEGAN = datetime(2005, 6, 23, tzinfo=UTC)
# Later than any true date, earlier than milliseconds read as seconds.
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
PREFIXES: dict[Kind, str] = {"post": "t3_", "comment": "t1_"}

_ENTITIES = re.compile(r"&(?:amp|lt|gt|#x200B);", re.IGNORECASE)
_TIMES = ("created_utc", "created", "date")
_TEXTS = ("selftext", "body", "text")
FIELDS = {
    "id", "name", "is_submitter", "parent_id", "title", "author", "subreddit", "score", "ups", "num_comments",
    "permalink", "link", "url", "removed_by_category", "_meta", "source", *_TIMES, *_TEXTS,
}  # fmt: skip
"""All that is read of a row."""


@dataclass(frozen=True, slots=True)
class RawPost:
    """A post or comment as it was found; `score` and `comments` are None where the source tells none."""

    id: str
    kind: Kind
    source: str
    community: str
    author: str | None
    created_at: datetime
    title: str
    text: str
    url: str
    score: int | None
    comments: int | None
    parent: str | None
    removed: str | None

    @property
    def has_words(self) -> bool:
        """Whether anything its author said, or was called, is still there."""
        return bool(self.title or self.text or self.author)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rows of one file leave unsaid: community, and the days (first, last) they were written in."""

    community: str = "unknown"
    days: tuple[datetime, datetime] | None = None
    latest: datetime = LATEST


UNSAID = Setting()


class Unreadable(ValueError):
    """A row that cannot be a post; the message says why."""


def read_post(row: Row, setting: Setting = UNSAID) -> RawPost:
    """Map one row, whatever its dialect of field names. Raises Unreadable."""
    kind = _kind(row)
    own = _id(row)
    title = "" if kind == "comment" else _text(row.get("title"))
    text = _body(row, kind)
    gone_title, gone_text = withheld(title), withheld(text)
    author = str(row.get("author") or "")
    return RawPost(
        id=f"reddit:{PREFIXES[kind]}{own}",
        kind=kind,
        source="reddit",
        community=str(row.get("subreddit") or setting.community),
        author=None if author in ("", "[deleted]", "[removed]", "None") else author,
        created_at=_time(row, own, setting),
        title="" if gone_title else title,
        text="" if gone_text else text,
        url=address(row, kind, own),
        score=_count(row, "score", "ups"),
        comments=_count(row, "num_comments"),
        parent=parent(row, kind),
        removed=_removed(row, gone_text or gone_title),
    )


def missing_columns(columns: set[str], setting: Setting) -> list[str]:
    """What a table lacks to be posts: a way to tell time, text, and one row from another."""
    named = "id" in columns or {"title", "author", "date"} <= columns
    told = not columns.isdisjoint(_TIMES) or setting.days is not None
    written = not columns.isdisjoint(("title", *_TEXTS))
    lacks = {"id": named, " or ".join(_TIMES): told, "title or " + " or ".join(_TEXTS): written}
    return [column for column, present in lacks.items() if not present]


def _kind(row: Row) -> Kind:
    name = str(row.get("name") or row.get("id") or "")
    if name.startswith(("t1_", "t3_")):
        return "comment" if name.startswith("t1_") else "post"
    # Only comments say whether their author started the thread, or have a parent.
    return "comment" if "is_submitter" in row or "parent_id" in row or "title" not in row else "post"


def _id(row: Row) -> str:
    given = str(row.get("id") or row.get("name") or "").strip()
    if found := NATIVE_ID.fullmatch(given):
        return found[1]
    if given or "id" in row or not (row.get("title") and row.get("date")):
        raise Unreadable(f"no id: {given!r}" if given else "no id")
    # Some collectors kept no ids; the hyphen keeps a made one from ever being Reddit's.
    told = "\x1f".join(str(row.get(field) or "") for field in ("date", "author", "title"))
    return f"row-{blake2b(told.encode('utf-8', 'replace'), digest_size=6).hexdigest()}"


def _body(row: Row, kind: Kind) -> str:
    fields = ("body", "text", "title") if kind == "comment" else _TEXTS
    for field in fields:
        if row.get(field):
            return _text(row[field])
    return ""


def _text(value: object) -> str:
    """Reddit escapes &, < and > once; its editor leaves zero-width spaces as entities behind."""
    if not isinstance(value, str):
        return ""
    if "&" in value:
        value = _ENTITIES.sub(lambda entity: unescape(entity[0]), value).replace("&#x200B;", "")
    return clean(value)


def _time(row: Row, own: str, setting: Setting) -> datetime:
    value = row.get("created_utc") or next((row[f] for f in _TIMES if row.get(f) not in (None, "")), None)
    if value is None:
        if setting.days is None or row.keys() & set(_TIMES):
            raise Unreadable("no date")
        return _within(own, setting.days)
    moment = moment_of(value)
    if moment is None:
        raise Unreadable(f"not a date: {str(value)[:40]!r}")
    if not REDDIT_BEGAN <= moment <= setting.latest:
        raise Unreadable(f"impossible date: {str(value)[:40]!r}")
    return moment


def _within(own: str, days: tuple[datetime, datetime]) -> datetime:
    """A time for a row that has none: spread over its file's days by its id, the same at every reading."""
    first, last = days
    return first + timedelta(seconds=crc32(own.encode()) % int((last - first).total_seconds()))


def moment_of(value: object) -> datetime | None:
    """Seconds since 1970 as a number or its text, or an ISO date and time; a time without a zone is UTC."""
    with suppress(TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(float(value), UTC)  # type: ignore[arg-type]
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(str(value).strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None


def _count(row: Row, *fields: str) -> int | None:
    for field in fields:
        try:
            return int(float(row[field]))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return None


def _removed(row: Row, tombstone: str | None) -> str | None:
    """Why it is gone, by its tombstone, its moderators or what its archive learned later; else None."""
    meta = row.get("_meta")
    later = meta if isinstance(meta, Mapping) else {}
    said = row.get("removed_by_category") or later.get("removal_type")
    if said and said != "None":
        return str(said)
    return tombstone or ("deleted" if later.get("was_deleted_later") else None)
