"""Where a post stands on Reddit, and what it answers."""

import re
from collections.abc import Mapping
from typing import Any

NATIVE_ID = re.compile(r"(?:t[13]_)?([0-9a-z]{1,13})")
_OF_COMMENT = re.compile(r"/comments/([0-9a-z]+)/[^/]*/([0-9a-z]+)/?$")
_DISCUSSION = re.compile(r"(?:https://(?:[\w-]+\.)?reddit\.com)?(/(?:r|user)/\w[^\s?#]*/comments/[^\s?#]+)")
_FULL_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")


def parent(row: Mapping[str, Any], kind: str) -> str | None:
    """The id of the post or comment that a row answers, as far as it tells."""
    given = str(row.get("parent_id") or "")
    if _FULL_NAME.fullmatch(given):
        return f"reddit:{given}"
    if kind == "comment" and NATIVE_ID.fullmatch(given):
        # Bare ids come from archives of early 2021, when posts had six characters and comments seven.
        return f"reddit:{'t3' if len(given) <= 6 else 't1'}_{given}"
    thread = _OF_COMMENT.search(str(row.get("permalink") or "")) if kind == "comment" else None
    return f"reddit:t3_{thread[1]}" if thread else None


def address(row: Mapping[str, Any], kind: str, own: str) -> str:
    """The discussion's address; empty where a row neither names it nor lets it be told."""
    for field in ("permalink", "link", "url"):
        given = str(row.get(field) or "")
        if found := _DISCUSSION.fullmatch(given):
            return f"https://www.reddit.com{found[1]}"
    if kind == "post" and row.get("subreddit") and "-" not in own:
        return f"https://www.reddit.com/r/{row['subreddit']}/comments/{own}/"
    return ""
