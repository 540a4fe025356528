"""In-memory tables for the summaries' use-cases, and figures to begin with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.events.ingestion import PostIngestedV1
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import SentimentScoredV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.summaries.consulting import Spent
from services.summaries.drafting import NOT_CONFIGURED, Written, plainly
from services.summaries.tallying import Close, Day, Figures, Polarities, Score, SeenPost

DAY = date(2021, 1, 27)
BUDGET = Spent(2_000_000, Decimal(5))


def plain_texts(day: date, figures: Sequence[Figures]) -> dict[str, Written]:
    """Writers without a language model."""
    return {each.ticker: plainly(each, day, NOT_CONFIGURED) for each in figures}


def texts(says: Callable[[Figures], str]) -> Callable[[date, Sequence[Figures]], dict[str, Written]]:
    """Writers who write what *says* gives."""
    return lambda day, figures: {
        each.ticker: Written(ticker=each.ticker, text=says(each), by="model") for each in figures
    }


@dataclass
class Stats:
    """Keeps the latest version of each part, as the table does."""

    parts: dict[tuple[Any, ...], tuple[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def keep_post(self, post: PostIngestedV1, day: date, version: str) -> None:
        self._keep(("post", day, post.post_id), version, post)

    def keep_score(self, score: SentimentScoredV1, day: date, version: str) -> None:
        self._keep(("score", day, score.post_id, score.ticker), version, score)

    def keep_bar(self, bar: DailyBarClosedV1, version: str) -> None:
        self._keep(("bar", bar.date, bar.ticker), version, bar)

    def forget(self, post_id: str) -> None:
        self.gone.add(post_id)

    def read(self, day: date) -> Day:
        posts = [p for (kind, on, *_), (_, p) in self.parts.items() if (kind, on) == ("post", day)]
        bars = [b for (kind, on, *_), (_, b) in self.parts.items() if (kind, on) == ("bar", day)]
        return Day(
            posts=[self._seen(post, day) for post in posts if post.post_id not in self.gone],
            closes={bar.ticker: Close(bar.close, bar.change_pct) for bar in bars},
        )

    def _keep(self, key: tuple[Any, ...], version: str, thing: Any) -> None:
        if key not in self.parts or self.parts[key][0] < version:
            self.parts[key] = version, thing

    def _seen(self, post: PostIngestedV1, day: date) -> SeenPost:
        scores = {
            key[3]: Score(score.polarity, score.method)
            for key, (_, score) in self.parts.items()
            if key[:3] == ("score", day, post.post_id)
        }
        tickers = tuple(mention.ticker for mention in post.tickers)
        return SeenPost(post.post_id, post.author, post.score, post.comments, tickers, scores, post.cluster)


@dataclass
class Kept:
    """The first summary of a day stands."""

    days: dict[date, DailySummaryPublishedV1] = field(default_factory=dict)

    def get(self, day: date) -> DailySummaryPublishedV1 | None:
        return self.days.get(day)

    def keep(self, summary: DailySummaryPublishedV1) -> bool:
        return self.days.setdefault(summary.date, summary) is summary


def a_seen_post(number: int, *tickers: str, polarity: str | None = None, **changes: Any) -> SeenPost:
    """Post *number* by its own author about *tickers*; *polarity* is the model's score for each of them."""
    scores = {t: Score(Decimal(polarity), "model") for t in tickers} if polarity else {}
    given: dict[str, Any] = {
        "post_id": f"reddit:t3_{number:04}",
        "author": f"author-{number}",
        "votes": 0,
        "comments": 0,
        "tickers": tickers,
        "scores": scores,
    }
    return SeenPost(**given | changes)


def some_figures(**changes: Any) -> Figures:
    """GME's day: 128 posts, bullish, a large move."""
    given: dict[str, Any] = {
        "ticker": "GME",
        "mentions": 128,
        "authors": 97,
        "unsigned": 0,
        "engagement": Decimal("510.25"),
        "scored": 118,
        "fallback": 4,
        "agreeing": 80,
        "polarities": polarities("0.312", "-0.920", "0.971"),
        "mood": "bullish",
        "close": Close(Decimal("347.51"), Decimal("134.84")),
        "sources": ("reddit:t3_l6q0aa",),
    }
    return Figures(**given | changes)


def polarities(mean: str, low: str, high: str, stddev: str = "0.300") -> Polarities:
    return Polarities(Decimal(mean), Decimal(stddev), Decimal(low), Decimal(high))
