"""What is left of a removed post's row: that it was there, when and where, and none of its words."""

from collections.abc import Mapping
from typing import Any

from services.ingestion.archive import UNREADABLE
from services.ingestion.entries import read_row
from services.ingestion.reading import Row, Unreadable

_FACTS = frozenset(
    ("id", "name", "source", "subreddit", "created_utc", "created", "date", "parent_id", "is_submitter")
)


def scrubbed(row: Row, gone: Mapping[str, str]) -> Row:
    """The row as it is, or of a post in *gone* (id to why) only its facts, which are read as removed."""
    try:
        post = read_row(row)
    except Unreadable:
        return row
    if post.id not in gone:
        return row
    left: dict[str, Any] = {name: value for name, value in row.items() if name in _FACTS}
    if not ("id" in left or "name" in left):
        # Its id was made of its words, so without them it has none.
        return {UNREADABLE: "removed where it came from"}
    empty = {} if post.kind == "comment" else {"title": ""}
    return left | empty | {"removed_by_category": gone[post.id]}
