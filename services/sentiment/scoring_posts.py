"""Scores posts: one reading a post and ticker, of the sentences that speak of the ticker."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.events.envelope import Publish
from contracts.events.ingestion import PostIngestedV1
from contracts.events.sentiment import SentimentScoredV1, SentimentWithheldV1
from services.sentiment.keeping import Score, Version, seen_as
from services.sentiment.scoring import Mention, Reading, passages, text_of, unscorable

ReadTexts = Callable[[Sequence[str]], Sequence[Reading]]
Arrival = tuple[PostIngestedV1, Publish]


class Scores(Protocol):
    def keep(self, versions: Sequence[Version], scores: Sequence[Score]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Passage:
    """What a post says about one ticker; *unread* is why nobody can read it."""

    post: PostIngestedV1
    publish: Publish
    ticker: str
    text: str
    unread: str | None


def score_posts(arrivals: Sequence[Arrival], *, read: ReadTexts, scores: Scores) -> None:
    """Scores a batch by one call of *read*, keeps the scores, and has each announced. Safe to repeat.

    A post without tickers is ignored. What cannot be read is withheld with the reason: that is no neutral.
    """
    said = [passage for post, publish in arrivals for passage in _passages(post, publish)]
    readable = [passage for passage in said if passage.unread is None]
    readings = read([passage.text for passage in readable]) if readable else []
    kept = [_scored(passage, found) for passage, found in zip(readable, readings, strict=True)]
    for passage in said:
        if passage.unread is not None:
            _withhold(passage, passage.unread)
    scores.keep([_version(post, publish, kept) for post, publish in arrivals if post.tickers], kept)


def _passages(post: PostIngestedV1, publish: Publish) -> Iterator[_Passage]:
    for ticker, said in passages(_text(post), _mentions(post)).items():
        yield _Passage(post, publish, ticker, said, unscorable(said))


def _text(post: PostIngestedV1) -> str:
    # A comment has no title, and the places of its mentions are counted from the start of its text.
    return text_of(post.title, post.text) if post.title else post.text


def _mentions(post: PostIngestedV1) -> tuple[Mention, ...]:
    return tuple((mention.ticker, mention.start, mention.end) for mention in post.tickers)


def _scored(passage: _Passage, found: Reading) -> Score:
    post = passage.post
    negative, neutral, positive = found.probabilities
    announced = passage.publish(
        SentimentScoredV1(
            post_id=post.post_id,
            ticker=passage.ticker,
            posted_at=post.created_at,
            polarity=found.polarity,
            negative=negative,
            neutral=neutral,
            positive=positive,
            confidence=found.confidence,
            label=found.label,
            method=found.method,
            model=found.model,
            model_version=found.version,
        )
    )
    return Score(
        ticker=passage.ticker,
        post_id=post.post_id,
        posted_at=post.created_at,
        seen=seen_as(passage.publish.cause),
        polarity=found.polarity,
        label=found.label,
        method=found.method,
        model=found.model,
        version=found.version,
        shares=found.probabilities,
        author=post.author,
        cluster=post.cluster,
        votes=post.score,
        comments=post.comments,
        event=announced.id,
    )


def _withhold(passage: _Passage, why: str) -> None:
    post = passage.post
    passage.publish(
        SentimentWithheldV1(post_id=post.post_id, ticker=passage.ticker, posted_at=post.created_at, why=why)
    )


def _version(post: PostIngestedV1, publish: Publish, kept: Sequence[Score]) -> Version:
    seen = seen_as(publish.cause)
    tickers = tuple(dict.fromkeys(s.ticker for s in kept if (s.post_id, s.seen) == (post.post_id, seen)))
    text = _text(post) if tickers else None  # of what cannot be read nothing is kept
    return Version(post.post_id, post.created_at, seen, tickers, text, _mentions(post) if tickers else ())
