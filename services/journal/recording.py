"""Keeps events, so that what led to what can be told later, but no words of a post that was removed."""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from contracts.events.envelope import Envelope, Publish
from contracts.events.ingestion import PostIngestedV1, PostRemovedV1


class Journal(Protocol):
    def keep(self, envelopes: Sequence[Envelope]) -> None: ...

    def find(self, ids: Collection[str]) -> list[Envelope]: ...


class Posts(Protocol):
    """Which events hold a post's words, and which posts are gone."""

    def note(self, post_id: str, events: Collection[str]) -> bool:
        """Whether the post was removed."""
        ...

    def remove(self, post_id: str) -> frozenset[str]:
        """The events that hold its words."""
        ...


def record_events(arrivals: Sequence[tuple[Envelope, Publish]], *, journal: Journal, posts: Posts) -> None:
    """Keeps a batch of events by id. Safe to repeat, in any order.

    An event is written before its post is looked up, and a removal is noted before its events are: whichever
    comes second sees the other, so no order leaves the words of a removed post.
    """
    envelopes = [envelope for envelope, _ in arrivals]
    journal.keep(envelopes)
    if wordy := set(_wordy(envelopes, posts)):
        journal.keep([without_words(envelope) for envelope in journal.find(wordy)])


def _wordy(envelopes: Sequence[Envelope], posts: Posts) -> Iterator[str]:
    """Ids of events kept with words that must go."""
    for envelope in envelopes:
        if envelope.type == PostRemovedV1.detail_type:
            yield from posts.remove(envelope.subject)
        elif envelope.type == PostIngestedV1.detail_type and posts.note(envelope.subject, [envelope.id]):
            yield envelope.id


def without_words(envelope: Envelope) -> Envelope:
    """The event of a post, without what its author said and who it was."""
    blank = {"title": "", "text": "", "url": None, "author": None}
    return envelope.model_copy(update={"data": envelope.data | blank})
