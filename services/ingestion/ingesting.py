"""A part of raw posts becomes events: each post with its tickers, each removal, and what was no post."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from contracts.events.arrivals import ObjectLanded
from contracts.events.envelope import Publish
from contracts.events.ingestion import (
    CollectionCompletedV1,
    PostIngestedV1,
    PostRemovedV1,
    SkippedLine,
)
from services.ingestion.archive import BadLine
from services.ingestion.clusters import bands, fingerprint
from services.ingestion.completeness import Linked
from services.ingestion.drafting import Pseudonym, draft, unknown
from services.ingestion.forgetting import places
from services.ingestion.grouping import Founders, clusters
from services.ingestion.keeping import ARCHIVES, Known
from services.ingestion.linking import whole
from services.ingestion.reading import RawPost
from services.ingestion.universe import Universe

_TOLD = 20


class Parts(Protocol):
    def read(self, key: str) -> Iterator[RawPost | BadLine]: ...

    def scrub(self, key: str, gone: Mapping[str, str]) -> None:
        """Takes the words of these posts (id to why) out of a part."""
        ...


class Posts(Protocol):
    def known(self, ids: Collection[str]) -> dict[str, Known]: ...

    def keep(self, posts: Sequence[PostIngestedV1], part: str) -> dict[str, Known]: ...

    def seen_again(self, ids: Collection[str], part: str) -> dict[str, Known]: ...

    def forget(self, reasons: Mapping[str, str], at: datetime) -> dict[str, Known]: ...


class Clusters(Protocol):
    def founders(self, bands: Collection[str]) -> Founders: ...

    def keep(self, founders: Founders, at: datetime) -> None: ...


class Backfills(Protocol):
    def keep_part(self, part: str, linked: Linked) -> None: ...


@dataclass
class Part:
    """Posts of a part by id, why some are gone, which have words in any copy, and lines that are no posts."""

    posts: dict[str, RawPost] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    wordy: set[str] = field(default_factory=set)
    bad: list[BadLine] = field(default_factory=list)


def link_posts(
    landed: ObjectLanded,
    publish: Publish,
    *,
    parts: Parts,
    posts: Posts,
    founders: Clusters,
    universe: Universe,
    pseudonym: Pseudonym,
    backfills: Backfills,
    tell: Callable[..., Any],
) -> None:
    """Keeps and announces every post of a part, its removals, and the part's end. Safe to repeat.

    A post keeps the cluster it first got. One that was removed is not announced again by who has its text.
    """
    part = _sorted_out(parts.read(landed.key))
    recorded = landed.key.startswith(ARCHIVES)
    at = _latest(part, publish.cause.time) if recorded else publish.cause.time
    drafts = {
        id_: draft(post, universe, pseudonym) for id_, post in part.posts.items() if id_ not in part.gone
    }
    known = _kept(drafts, landed.key, posts, founders, at)
    gone = posts.forget(part.gone, at)
    for key, words in places(landed.key, part.gone, part.wordy, known | gone).items():
        parts.scrub(key, words)
    new = sum(stands.part == landed.key for stands in (*known.values(), *gone.values()))
    backfills.keep_part(landed.key, Linked(len(part.posts), new, len(part.gone)))
    for id_, post in drafts.items():
        if not known[id_].removed:
            told = post.model_copy(update={"cluster": known[id_].cluster})
            publish(told, at=post.created_at if recorded else at)
    for id_, why in part.gone.items():
        if gone[id_].part:
            publish(PostRemovedV1(post_id=id_, why=why, removed_at=at), at=at)
    publish(_completed(landed.key, part, new, at), at=at)
    tell("part.linked", extra=_figures(landed.key, part, new, unknown(drafts.values(), universe)))


def _kept(
    drafts: Mapping[str, PostIngestedV1], key: str, posts: Posts, founders: Clusters, at: datetime
) -> dict[str, Known]:
    """What stands of the drafts once the new ones are kept, and of all of them the part is noted."""
    known = posts.known(drafts)
    fresh = _clustered([post for id_, post in drafts.items() if id_ not in known], founders, at)
    known |= posts.keep(fresh, key)
    # Also those another part brought at the same moment: it was quicker.
    return known | posts.seen_again([id_ for id_, stands in known.items() if key not in stands.parts], key)


def _figures(key: str, part: Part, new: int, unknown_cashtags: Counter[str]) -> dict[str, Any]:
    return {
        "part": key,
        "found": len(part.posts),
        "new": new,
        "gone": len(part.gone),
        "unknown_cashtags": unknown_cashtags.total(),
        "unknown_most": dict(unknown_cashtags.most_common(_TOLD)),
    }


def _latest(part: Part, otherwise: datetime) -> datetime:
    return max((post.created_at for post in part.posts.values()), default=otherwise)


def _sorted_out(rows: Iterator[RawPost | BadLine]) -> Part:
    """Each post once; a removal among its copies decides."""
    part = Part()
    for row in rows:
        if isinstance(row, BadLine):
            part.bad.append(row)
            continue
        part.posts.setdefault(row.id, row)
        if row.has_words:
            part.wordy.add(row.id)
        if row.removed:
            part.gone[row.id] = "deleted" if row.removed in ("deleted", "author") else "removed"
    return part


def _clustered(drafts: Sequence[PostIngestedV1], table: Clusters, at: datetime) -> list[PostIngestedV1]:
    """The drafts with their clusters; whoever founded one is kept before any post points to it."""
    prints = {draft.post_id: fingerprint(whole(draft.title, draft.text)) for draft in drafts}
    founders = table.founders({band for of in prints.values() for band in bands(of)})
    named = clusters(prints.values(), founders)
    table.keep(founders, at)
    return [draft.model_copy(update={"cluster": named[prints[draft.post_id]]}) for draft in drafts]


def _completed(key: str, part: Part, new: int, at: datetime) -> CollectionCompletedV1:
    times = [post.created_at for post in part.posts.values()] or [at]
    return CollectionCompletedV1(
        collection=key[:512],
        window_start=min(times),
        window_end=max(times),
        found=len(part.posts),
        new=new,
        failed=len(part.bad),
        skipped=tuple(SkippedLine(line=bad.line_number, why=bad.reason[:300]) for bad in part.bad[:_TOLD]),
    )
