"""The talk about tickers as charts draw it: counts by hour and by label, and how fast talk grows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.sentiment.adding_up import label_counts
from services.sentiment.keeping import Score

PERIODS: Mapping[str, tuple[timedelta, int]] = {
    "day": (timedelta(hours=1), 24),
    "week": (timedelta(days=1), 7),
    "month": (timedelta(days=1), 30),
}
"""How long a bar is, and how many there are; the last one holds the end."""
METRICS = ("comments", "users")
HOUR = timedelta(hours=1)
RECENT = timedelta(hours=24)
USUAL_DAYS = 7

_LEVELS = (("high", 10, 1.0), ("medium", 3, 0.2))


def buckets(end: datetime, width: timedelta, count: int) -> list[datetime]:
    """The starts of the whole UTC hours or days, oldest first, of which the last holds *end*."""
    last = end.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if width > HOUR:
        last = last.replace(hour=0)
    return [last - width * back for back in reversed(range(count))]


def counted(moments: Sequence[datetime], starts: Sequence[datetime], width: timedelta) -> list[int]:
    """How many of *moments* fall into each bucket, zero where none does."""
    counts = Counter((moment - starts[0]) // width for moment in moments)
    return [counts[position] for position in range(len(starts))]


def hourly(said: Mapping[str, Sequence[datetime]], starts: Sequence[datetime]) -> dict[str, Any]:
    series = [{"symbol": t, "data": counted(moments, starts, HOUR)} for t, moments in said.items()]
    return {"labels": [start.isoformat() for start in starts], "series": series, "hours": len(starts)}


def histogram(scores: Sequence[Score]) -> dict[str, int]:
    """Posts by label; *fallback* of them were read by the lexicon."""
    negative, neutral, positive = label_counts(scores)
    return {
        "positive": positive,
        "neutral": neutral,
        "negative": negative,
        "total": positive + neutral + negative,
        "fallback": sum(score.method == "fallback" for score in scores),
    }


def timeline(
    scores: Sequence[Score], starts: Sequence[datetime], width: timedelta, metric: str
) -> list[dict[str, Any]]:
    """A histogram a bucket: of every post, or with *users* of each known author's last word in it."""
    held: dict[int, list[Score]] = {}
    for score in sorted(scores, key=lambda one: (one.posted_at, one.post_id)):
        held.setdefault((score.posted_at - starts[0]) // width, []).append(score)
    each = [held.get(position, []) for position in range(len(starts))]
    return [
        {"timestamp": start.isoformat(), **histogram(_last_words(posts) if metric == "users" else posts)}
        for start, posts in zip(starts, each, strict=True)
    ]


def velocity(ticker: str, moments: Sequence[datetime], end: datetime) -> dict[str, Any]:
    """(recent − usual) ÷ (usual + 1): the last 24 hours against the mean of the seven days before them."""
    recent = sum(end - RECENT <= moment < end for moment in moments)
    usual = (len(moments) - recent) / USUAL_DAYS
    speed = round((recent - usual) / (usual + 1), 3)
    level = next((name for name, many, fast in _LEVELS if recent >= many or speed > fast), "low")
    return {
        "symbol": ticker,
        "recent": recent,
        "usual": round(usual, 3),
        "velocity": speed,
        "level": level,
    }


def _last_words(scores: Sequence[Score]) -> list[Score]:
    return list({score.author: score for score in scores if score.author is not None}.values())
