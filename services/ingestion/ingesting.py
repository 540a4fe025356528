"""A part of raw posts becomes events: each post with its tickers, each removal, and what was no post."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
    TickerMention,
)
from services.ingestion.archive import BadLine
from services.ingestion.cleaning import clean
from services.ingestion.clusters import bands, fingerprint
from services.ingestion.completeness import Linked
from services.ingestion.forgetting import places
from services.ingestion.grouping import Founders, clusters
from services.ingestion.keeping import ARCHIVES, Known
from services.ingestion.linking import Link, link, unknown_cashtags, whole
from services.ingestion.reading import RawPost
from services.ingestion.universe import Universe

MOST_TICKERS = 100
"""More tickers than this say nothing about any; all of a long list would not fit into an event."""
_TITLE, _COMMUNITY, _URL = 400, 128, 2048
_VOTES = 10**9
_TOLD = 20

Pseudonym = Callable[[str, str | None, datetime], str | None]
"""Who wrote it, given the source, the author's name and when it was written."""


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
        id_: _draft(post, universe, pseudonym) for id_, post in part.posts.items() if id_ not in part.gone
    }
    known = posts.known(drafts)
    fresh = _clustered([draft for id_, draft in drafts.items() if id_ not in known], founders, at)
    known |= posts.keep(fresh, landed.key)
    # Also those another part brought at the same moment: it was quicker.
    known |= posts.seen_again([id_ for id_, is_ in known.items() if landed.key not in is_.parts], landed.key)
    gone = posts.forget(part.gone, at)
    for key, words in places(landed.key, part.gone, part.wordy, known | gone).items():
        parts.scrub(key, words)
    new = sum(stands.part == landed.key for stands in (*known.values(), *gone.values()))
    backfills.keep_part(landed.key, Linked(len(part.posts), new, len(part.gone)))
    for id_, draft in drafts.items():
        if not known[id_].removed:
            post = draft.model_copy(update={"cluster": known[id_].cluster})
            publish(post, at=post.created_at if recorded else at)
    for id_, why in part.gone.items():
        if gone[id_].part:
            publish(PostRemovedV1(post_id=id_, why=why, removed_at=at), at=at)
    publish(_completed(landed.key, part, new, at), at=at)
    unknown = _unknown(drafts.values(), universe)
    tell(
        "part.linked",
        extra={
            "part": landed.key,
            "found": len(part.posts),
            "new": new,
            "gone": len(part.gone),
            "unknown_cashtags": unknown.total(),
            "unknown_most": dict(unknown.most_common(_TOLD)),
        },
    )


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


def _draft(post: RawPost, universe: Universe, pseudonym: Pseudonym) -> PostIngestedV1:
    title = clean(post.title, _TITLE)
    links = link(title, post.text, universe, post.created_at.date())[:MOST_TICKERS]
    return PostIngestedV1(
        post_id=post.id,
        source_name=post.source,
        community=clean(post.community, _COMMUNITY),
        kind="comment" if post.kind == "comment" else "submission",
        author=pseudonym(post.source, post.author, post.created_at),
        created_at=post.created_at,
        title=title,
        text=post.text,
        url=_url(post.url),
        tickers=tuple(_mention(found) for found in links),
        score=max(-_VOTES, min(post.score or 0, _VOTES)),
        comments=max(0, min(post.comments or 0, _VOTES)),
    )


def _mention(found: Link) -> TickerMention:
    return TickerMention(
        ticker=found.symbol, confidence=found.confidence, start=found.start, end=found.end, how=found.how
    )


def _unknown(drafts: Iterable[PostIngestedV1], universe: Universe) -> Counter[str]:
    """Cashtags that are no ticker of ours: a sudden one is a listing the universe has not heard of."""
    found: Counter[str] = Counter()
    for post in drafts:
        found += unknown_cashtags(post.title, post.text, universe, post.created_at.date())
    return found


def _url(given: str) -> str | None:
    return given if given and given == clean(given, _URL) else None


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
