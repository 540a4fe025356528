"""Keeps what posts say for as long as it may be asked about, and forgets it with its post."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from contracts.events.envelope import Publish
from contracts.events.ingestion import PostIngestedV1, PostRemovedV1
from services.summaries.days import NEW_YORK
from services.summaries.gathering import version
from services.summaries.tallying import loudness

WORDS = 500
"""Characters of a post that are kept, its title first."""
TICKERS = 20
"""Tickers a post is kept under; the surest of them."""


@dataclass(frozen=True, slots=True)
class Post:
    """What is kept of a post; *loud* is its engagement."""

    post_id: str
    written_at: datetime
    text: str
    votes: int
    comments: int
    loud: float

    @property
    def day(self) -> date:
        """The New York day it was written on."""
        return self.written_at.astimezone(NEW_YORK).date()


class Talk(Protocol):
    def keep(self, post: Post, tickers: tuple[str, ...], version: str) -> None:
        """Under its tickers; of two versions the later stands, and nothing where the post is gone."""
        ...

    def forget(self, post_id: str) -> None: ...


def keep_words(post: PostIngestedV1, publish: Publish, *, talk: Talk) -> None:
    """Keeps the first words of a post that names a ticker."""
    surest = sorted(post.tickers, key=lambda found: (-found.confidence, found.ticker))
    named = tuple(dict.fromkeys(found.ticker for found in surest))[:TICKERS]
    says = "\n\n".join(filter(None, (post.title, post.text)))[:WORDS]
    kept = Post(
        post_id=post.post_id,
        written_at=post.created_at,
        text=says,
        votes=post.score,
        comments=post.comments,
        loud=loudness(post.score, post.comments),
    )
    talk.keep(kept, named, version(publish.cause))


def forget_words(removed: PostRemovedV1, publish: Publish, *, talk: Talk) -> None:
    """Leaves only the mark that the post is gone."""
    talk.forget(removed.post_id)
