"""Shifts of mood in posts of a past: those the sentiment service would have announced, had it heard them."""

import gzip
import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.prediction.observed import Mood
from services.sentiment.keeping import Score
from services.sentiment.readers import ReadTexts
from services.sentiment.windows import BEFORE, WINDOW, Standing, figures, standing_after
from tools.tape.errors import TapeError

TICK = timedelta(minutes=15)
_AT_ONCE = 64
Tell = Callable[[str, int, int], None]
"""Hears the file, how many of its posts are read, and how many there are."""


def moods_of(folder: Path, read: ReadTexts, readings: Path, tell: Tell) -> dict[str, list[Mood]]:
    """By ticker, from TICKER.ndjson[.gz]: JSON lines with `text`, `created_at` and, if known, `user_id_str`.

    What *read* made of a file is kept in *readings*, and not asked for twice. Raises TapeError.
    """
    files = sorted(folder.glob("*.ndjson*"))
    if not files:
        raise TapeError(f"{folder} holds no .ndjson or .ndjson.gz files; name a folder with one a ticker")
    (version,) = {reading.version for reading in read(["up"])}
    moods = {}
    for file in files:
        posts = _posts(file)
        kept = readings / f"{version}-{sha256(file.read_bytes()).hexdigest()[:32]}.json"
        ticker = file.name.split(".ndjson")[0]
        moods[ticker] = list(shifts(_scores(ticker, posts, _polarities(ticker, posts, read, kept, tell))))
    return moods


def shifts(scores: Sequence[Score]) -> Iterator[Mood]:
    """At each quarter of an hour within an hour of a post, by the service's own rules."""
    scores = sorted(scores, key=lambda score: score.posted_at)
    at = [score.posted_at for score in scores]
    last: Standing | None = None
    for tick in sorted({tick for moment in at for tick in _ticks(moment)}):
        window = scores[bisect_left(at, tick - WINDOW - BEFORE) : bisect_left(at, tick)]
        if (found := figures(window, tick)) is None:
            continue
        last, entered = standing_after(last, found, tick)
        if entered:
            usual, authors = found.usual_mentions, found.unique_authors
            yield Mood(tick, found.mean, found.mentions, usual, found.previous, authors)


def _ticks(moment: datetime) -> list[datetime]:
    first = moment + TICK - (moment - datetime.min.replace(tzinfo=UTC)) % TICK
    return [first + n * TICK for n in range(WINDOW // TICK)]


def _posts(file: Path) -> list[dict[str, Any]]:
    try:
        with gzip.open(file, "rt") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            return [{**post, "at": _moment(post["created_at"])} for post in map(json.loads, lines)]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise TapeError(f"cannot read posts from {file}: {type(error).__name__}: {error}") from error


def _moment(text: str) -> datetime:
    """ISO 8601, or as Twitter's archives have it."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)


def _text(post: dict[str, Any]) -> str:
    """Words that were taken apart are put together again."""
    said = post["text"]
    return (said if isinstance(said, str) else " ".join(said)).replace("$ ", "$")


def _polarities(
    ticker: str, posts: Sequence[dict[str, Any]], read: ReadTexts, kept: Path, tell: Tell
) -> list[Decimal]:
    if kept.exists():
        return [Decimal(text) for text in json.loads(kept.read_text(encoding="utf-8"))]
    found: list[Decimal] = []
    for start in range(0, len(posts), _AT_ONCE):
        found += [reading.polarity for reading in read([_text(p) for p in posts[start : start + _AT_ONCE]])]
        tell(ticker, len(found), len(posts))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps([str(polarity) for polarity in found]), encoding="utf-8")
    return found


def _scores(ticker: str, posts: Sequence[dict[str, Any]], polarities: Sequence[Decimal]) -> list[Score]:
    return [
        Score(
            ticker=ticker,
            post_id=f"{ticker}-{number}",
            posted_at=post["at"],
            seen="1",
            polarity=polarity,
            method="model",
            author=post.get("user_id_str"),
            cluster=None,
            votes=0,
            comments=0,
            event=f"{ticker}-{number}",
        )
        for number, (post, polarity) in enumerate(zip(posts, polarities, strict=True))
    ]
