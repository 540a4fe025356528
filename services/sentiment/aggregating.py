"""At every tick, each ticker somebody spoke of is weighed, and a shift is announced as it begins."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.sentiment.keeping import Score
from services.sentiment.seeing import Look, Seen, coverage
from services.sentiment.windows import (
    BEFORE,
    WINDOW,
    WINDOW_NAME,
    Figures,
    Reason,
    Standing,
    figures,
    standing_after,
)


class Scores(Protocol):
    def active(self, start: datetime, end: datetime) -> Iterable[str]: ...

    def between(self, ticker: str, start: datetime, end: datetime) -> Iterable[Score]: ...


class Windows(Protocol):
    def standing(self, ticker: str) -> Standing | None: ...

    def announced(self, ticker: str, tick: datetime) -> TickerSentimentShiftedV1 | None: ...

    def keep(
        self,
        ticker: str,
        now: Standing,
        *,
        instead_of: Standing | None,
        shifted: TickerSentimentShiftedV1 | None,
    ) -> bool:
        """False, and nothing is kept, when another standing than *instead_of* stands there by now."""
        ...


class Looks(Protocol):
    def between(self, start: datetime, end: datetime) -> Sequence[Look]: ...


def aggregate_sentiment(
    tick: Due, publish: Publish, *, scores: Scores, windows: Windows, looks: Looks
) -> None:
    """Weighs the hour that ended at the tick, ticker by ticker. Safe to repeat, in any order."""
    seen = looks.between(tick.due_at - WINDOW - BEFORE, tick.due_at)
    for ticker in scores.active(tick.due_at - WINDOW, tick.due_at):
        shifted = _shift(ticker, tick.due_at, scores, windows, seen)
        if shifted is not None:
            publish(shifted)


def _shift(
    ticker: str, tick: datetime, scores: Scores, windows: Windows, looks: Sequence[Look]
) -> TickerSentimentShiftedV1 | None:
    last = windows.standing(ticker)
    if last and last.tick >= tick:  # a repeat, or a tick that was overtaken: what it said then, or nothing
        return windows.announced(ticker, tick)
    found = figures(scores.between(ticker, tick - WINDOW - BEFORE, tick), tick)
    if found is None:
        return None
    seen = _seen(looks, last, tick)
    now, entered = standing_after(last, found, tick, seen)
    shifted = _announcement(ticker, tick, found, entered, seen.hour) if entered else None
    if windows.keep(ticker, now, instead_of=last, shifted=shifted):
        return shifted
    return _shift(ticker, tick, scores, windows, looks)  # another tick was quicker: decide on what it left


def _seen(looks: Sequence[Look], last: Standing | None, tick: datetime) -> Seen:
    return Seen(
        hour=coverage(looks, tick - WINDOW, tick),
        day=coverage(looks, tick - WINDOW - BEFORE, tick - WINDOW),
        since=coverage(looks, last.tick, tick) if last else None,
    )


def _announcement(
    ticker: str, tick: datetime, found: Figures, entered: tuple[Reason, ...], seen: Decimal | None
) -> TickerSentimentShiftedV1:
    return TickerSentimentShiftedV1(
        ticker=ticker,
        window=WINDOW_NAME,
        window_end=tick,
        mean=found.mean,
        previous=found.previous,
        mentions=found.mentions,
        usual_mentions=found.usual_mentions,
        velocity=found.velocity,
        unique_authors=found.unique_authors,
        near_duplicate_share=found.near_duplicate_share,
        fallback_share=found.fallback_share,
        because=entered,
        evidence=found.evidence,
        coverage=seen,
    )
