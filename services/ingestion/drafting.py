"""A post as it was found becomes the event that tells of it: linked, its author hashed, all within limits."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from contracts.events.ingestion import PostIngestedV1, TickerMention
from services.ingestion.cleaning import clean
from services.ingestion.linking import Link, link, unknown_cashtags
from services.ingestion.reading import RawPost
from services.ingestion.universe import Universe

MOST_TICKERS = 100
"""More tickers than this say nothing about any; all of a long list would not fit into an event."""
_TITLE, _COMMUNITY, _URL = 400, 128, 2048
_VOTES = 10**9

Pseudonym = Callable[[str, str | None, datetime], str | None]
"""Who wrote it, given the source, the author's name and when it was written."""


def draft(post: RawPost, universe: Universe, pseudonym: Pseudonym) -> PostIngestedV1:
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


def unknown(drafts: Iterable[PostIngestedV1], universe: Universe) -> Counter[str]:
    """Cashtags that are no ticker of ours: a sudden one is a listing the universe has not heard of."""
    found: Counter[str] = Counter()
    for post in drafts:
        found += unknown_cashtags(post.title, post.text, universe, post.created_at.date())
    return found


def _url(given: str) -> str | None:
    return given if given and given == clean(given, _URL) else None
