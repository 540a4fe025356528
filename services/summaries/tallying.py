"""A ticker's day in figures: how many spoke, how loudly, in what mood, and where the price ended."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import fsum, log1p
from typing import Literal

from services.summaries.seeing import Look

Mood = Literal["moon", "bullish", "neutral", "bearish", "doom", "unknown"]

MOON, BULLISH = Decimal("0.45"), Decimal("0.12")
"""Means from which a mood is that one; doom and bearish mirror them."""
SOURCES = 3

_THOUSANDTH, _HUNDREDTH = Decimal("0.001"), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Score:
    """What a post says of a ticker, −1…1, and how that was found."""

    polarity: Decimal
    method: str


@dataclass(frozen=True, slots=True)
class SeenPost:
    """A post of the day; `scores` by ticker."""

    post_id: str
    author: str | None
    votes: int
    comments: int
    tickers: tuple[str, ...]
    scores: Mapping[str, Score]
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """A session's close in dollars, and its change in per cent where the session before is known."""

    price: Decimal
    change_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class Day:
    """All that is known of a day; `closes` by ticker, `looks` as collections told them."""

    posts: Sequence[SeenPost]
    closes: Mapping[str, Close]
    looks: Sequence[Look] = ()


@dataclass(frozen=True, slots=True)
class Polarities:
    """Model scores taken together, three places; deviation over the population."""

    mean: Decimal
    stddev: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """A ticker's day. Every mention is scored, fallback (word list only) or neither."""

    ticker: str
    mentions: int
    authors: int
    unsigned: int
    engagement: Decimal
    scored: int
    fallback: int
    agreeing: int
    polarities: Polarities | None
    mood: Mood
    close: Close | None
    sources: tuple[str, ...]
    repeats: int = 0


def tally(day: Day, min_voices: int) -> list[Figures]:
    """Figures of every ticker that *min_voices* spoke of; most voices first, then most posts, then by ticker.

    An author is one voice, and so is a text, however often and under however many names it is posted.
    """
    about: defaultdict[str, list[SeenPost]] = defaultdict(list)
    for post in day.posts:
        for ticker in set(post.tickers):
            about[ticker].append(post)
    heard = {ticker: voices(posts) for ticker, posts in about.items()}
    met = [ticker for ticker in about if heard[ticker] >= min_voices]
    ranked = sorted(met, key=lambda ticker: (-heard[ticker], -len(about[ticker]), ticker))
    return [figures(ticker, about[ticker], day.closes.get(ticker)) for ticker in ranked]


def figures(ticker: str, posts: Sequence[SeenPost], close: Close | None) -> Figures:
    """A ticker's figures from its posts; their order does not matter."""
    scores = [post.scores[ticker] for post in posts if ticker in post.scores]
    scored = [score.polarity for score in scores if score.method != "fallback"]
    taken = polarities(scored) if scored else None
    felt = mood(taken.mean) if taken else "unknown"
    return Figures(
        ticker=ticker,
        mentions=len(posts),
        repeats=_repeats(posts),
        authors=len({post.author for post in posts if post.author}),
        unsigned=sum(not post.author for post in posts),
        engagement=Decimal(fsum(map(engagement, posts))).quantize(_HUNDREDTH),
        scored=len(scored),
        fallback=len(scores) - len(scored),
        agreeing=sum(_lean(mood(polarity)) == _lean(felt) for polarity in scored),
        polarities=taken,
        mood=felt,
        close=close,
        sources=tuple(post.post_id for post in sorted(posts, key=_loudest)[:SOURCES]),
    )


def voices(posts: Sequence[SeenPost]) -> int:
    """Authors with something of their own to say: of posts that repeat each other only the first counts.

    A post whose author is not known counts for itself: archives without names would be silent otherwise.
    """
    first = {post.cluster or post.post_id: post for post in sorted(posts, key=_by_id, reverse=True)}
    return len({post.author or post.post_id for post in first.values()})


def _repeats(posts: Sequence[SeenPost]) -> int:
    """Posts that say nearly what another says."""
    clusters = [post.cluster for post in posts if post.cluster]
    return len(clusters) - len(set(clusters))


def _by_id(post: SeenPost) -> str:
    return post.post_id


def engagement(post: SeenPost) -> float:
    """0.7·ln(1 + votes) + 0.3·ln(1 + comments); votes below zero count as none."""
    return loudness(post.votes, post.comments)


def loudness(votes: int, comments: int) -> float:
    return 0.7 * log1p(max(votes, 0)) + 0.3 * log1p(comments)


def polarities(scores: Sequence[Decimal]) -> Polarities:
    """Mean, deviation and ends of one score or more; decimals, so the order of adding does not matter."""
    mean = sum(scores, Decimal()) / len(scores)
    squares = sum((score * score for score in scores), Decimal()) / len(scores)
    # A hair below zero is possible once the mean has been cut to 28 digits.
    stddev = max(squares - mean * mean, Decimal()).sqrt()
    taken = (figure.quantize(_THOUSANDTH) for figure in (mean, stddev, min(scores), max(scores)))
    return Polarities(*taken)


def mood(mean: Decimal) -> Mood:
    """moon ≥ .45 > bullish ≥ .12 > neutral > −.12 ≥ bearish > −.45 ≥ doom."""
    if abs(mean) < BULLISH:
        return "neutral"
    if mean > 0:
        return "moon" if mean >= MOON else "bullish"
    return "doom" if mean <= -MOON else "bearish"


def _lean(felt: Mood) -> int:
    return {"moon": 1, "bullish": 1, "bearish": -1, "doom": -1}.get(felt, 0)


def _loudest(post: SeenPost) -> tuple[float, str]:
    return -engagement(post), post.post_id
