"""Which rows of a look are news, each post once; and the part they make."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from services.ingestion.entries import read_row
from services.ingestion.keeping import Known
from services.ingestion.reading import RawPost, Row, Unreadable


@dataclass(frozen=True, slots=True)
class Sifted:
    """The posts among some rows by id, each with the row that brought it, and how many rows were none."""

    posts: Mapping[str, tuple[RawPost, Row]]
    unreadable: int

    def news(self, stands: Mapping[str, Known], since: datetime) -> list[Row]:
        """The rows of posts not known, or removed or edited since they were."""
        return [row for id_, (post, row) in self.posts.items() if _is_news(post, row, stands.get(id_), since)]


def sifted(rows: Sequence[Row]) -> Sifted:
    """Pages overlap; of a post seen twice the first copy counts."""
    posts: dict[str, tuple[RawPost, Row]] = {}
    unreadable = 0
    for row in rows:
        try:
            post = read_row(row)
        except Unreadable:
            unreadable += 1
        else:
            posts.setdefault(post.id, (post, row))
    return Sifted(posts, unreadable)


def part_name(community: str, end: datetime, rows: Sequence[Row]) -> str:
    """Told by what is in it, so that no second look writes over a part that is still to be linked."""
    told = blake2b("".join(sorted(str(row) for row in rows)).encode("utf-8", "replace"), digest_size=6)
    return f"{_of_window(community, end)}{told.hexdigest()}"


def brought_by(stands: Known, community: str, end: datetime) -> bool:
    """Whether a try of this very window, killed or out of time, put the post into a part before."""
    return f"/dt={end.date()}/{_of_window(community, end)}" in (stands.part or "")


def _of_window(community: str, end: datetime) -> str:
    """How the parts of a window begin; feeds have names no key should hold."""
    return f"{end:%H%M%S}-{re.sub(r'[^0-9A-Za-z_]+', '_', community)[-60:]}-"


def _is_news(post: RawPost, row: Row, stands: Known | None, since: datetime) -> bool:
    if stands is None:
        return True
    if stands.removed:
        return False
    edited = row.get("edited")
    return bool(post.removed) or (isinstance(edited, (int, float)) and edited >= since.timestamp())
