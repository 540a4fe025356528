"""Entries of feeds as posts: rows of their own kind, without markup and under stable ids."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from services.ingestion.cleaning import clean
from services.ingestion.reading import UNSAID, RawPost, Row, Setting, Unreadable, moment_of, read_post

SOURCE = "rss"
LONGEST_MARKUP = 100_000
"""Far more than the text we keep; what is made to be slow to read ends here."""
_BREAKS = frozenset(
    [
        "p",
        "div",
        "br",
        "li",
        "ul",
        "ol",
        "tr",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "section",
        "article",
    ]
)
_UNSEEN = frozenset(("script", "style", "template", "noscript", "iframe", "svg", "head"))


def read_row(row: Row, setting: Setting = UNSAID) -> RawPost:
    """A row of any source as a post. Raises Unreadable."""
    return read_entry(row, setting.latest) if row.get("source") == SOURCE else read_post(row, setting)


def read_entry(row: Row, latest: datetime = UNSAID.latest) -> RawPost:
    """An entry as `entry_row` wrote it. Raises Unreadable."""
    created = moment_of(row.get("created_utc"))
    if not row.get("id") or created is None or created > latest:
        raise Unreadable("no id" if not row.get("id") else "no date, or an impossible one")
    return RawPost(
        id=f"{SOURCE}:{row['id']}",
        kind="post",
        source=SOURCE,
        community=str(row.get("feed") or "unknown"),
        author=str(row["author"]) if row.get("author") else None,
        created_at=created,
        title=clean(str(row.get("title") or "")),
        text=clean(str(row.get("text") or "")),
        url=str(row.get("link") or ""),
        score=None,
        comments=None,
        parent=None,
        removed=None,
    )


def entry_row(feed: str, entry: Mapping[str, Any], at: float | None, edited: float | None) -> dict[str, Any]:
    """A row of what *feed* says of an entry; *at* and *edited* in seconds since 1970.

    Its id comes from its guid, or else its link or title; one that is no address counts in its feed alone.
    """
    guid = str(entry.get("id") or entry.get("link") or entry.get("title") or "")
    named = guid if guid.startswith(("http://", "https://", "tag:", "urn:")) else f"{feed}\x1f{guid}"
    content = [part.get("value", "") for part in entry.get("content", ())]
    return {
        "source": SOURCE,
        "feed": feed,
        "id": blake2b(named.encode("utf-8", "replace"), digest_size=10).hexdigest() if guid else "",
        "title": plain(str(entry.get("title") or "")),
        "text": plain(max([str(entry.get("summary") or ""), *content], key=len)),
        "link": urljoin(feed, str(entry.get("link") or "")),
        "author": str(entry.get("author") or "") or None,
        "created_utc": at,
        "edited": edited if edited is not None and edited != at else False,
    }


def plain(markup: str) -> str:
    """The text a reader sees: no tags, no scripts, entities read, a line a block."""
    reader = _Reader()
    reader.feed(markup[:LONGEST_MARKUP])
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.said).splitlines())
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    """What is written between the tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self.said.append("\n" if tag in _BREAKS else "")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(self._unseen - (tag in _UNSEEN), 0)
        self.said.append("\n" if tag in _BREAKS else "")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(data)
