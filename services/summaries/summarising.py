"""Puts a day's summary together, keeps it, and announces it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate, takewhile
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.summaries import DailySummaryPublishedV1, ModelBudgetReachedV1, TickerDay
from services.summaries.consulting import EVERYBODY, OVER_BUDGET, Spent
from services.summaries.days import NEW_YORK, day_before, window
from services.summaries.drafting import Written, plainly
from services.summaries.grounding import ungrounded
from services.summaries.headlines import headline
from services.summaries.seeing import coverage, thinness
from services.summaries.tallying import Day, Figures, tally
from services.summaries.writing import day_text, facts

MAX_TICKERS = 100
MAX_BYTES = 180_000
"""What an announcement may weigh as JSON; the bus takes 200 KiB with its envelope."""
_BESIDE_TICKERS = 2_000

WriteAll = Callable[[date, Sequence[Figures]], Mapping[str, Written]]
"""Has the tickers' texts written; a ticker that could not be is missing. Raises WritersGone."""


class WritersGone(Exception):
    """Nobody wrote: the machine that has it done does not answer, or broke down."""


class Summaries(Protocol):
    def get(self, day: date) -> DailySummaryPublishedV1 | None: ...

    def keep(self, summary: DailySummaryPublishedV1) -> bool: ...


def publish_summary(
    due: Due,
    publish: Publish,
    *,
    read: Callable[[date], Day],
    summaries: Summaries,
    write_all: WriteAll,
    min_voices: int,
    budget: Spent,
) -> None:
    """Announces yesterday's summary. A repeat announces what was kept, whatever arrived since."""
    day = day_before(due.due_at)
    kept = summaries.get(day)
    if kept is None:
        made = summarise(day, read(day), min_voices, write_all=write_all)
        # Of two at once the first one stands, and both announce it.
        kept = made if summaries.keep(made) else summaries.get(day)
    assert kept is not None
    publish(kept)
    if any(told.written_why == OVER_BUDGET for told in kept.tickers):
        publish(_reached(due, budget))


def _reached(due: Due, budget: Spent) -> ModelBudgetReachedV1:
    return ModelBudgetReachedV1(
        whose=EVERYBODY,
        date=due.due_at.astimezone(NEW_YORK).date(),
        tokens_limit=budget.tokens,
        dollars_limit=budget.dollars,
    )


def summarise(
    day: date, seen: Day, min_voices: int, *, write_all: WriteAll, max_bytes: int = MAX_BYTES
) -> DailySummaryPublishedV1:
    """The day as an event: at most 100 tickers, and fewer where they would weigh over *max_bytes*."""
    ranked, thin = tally(seen, min_voices), thinness(seen.looks, day)
    written = _written(day, ranked[:MAX_TICKERS], write_all)
    told = _fitting([_ticker_day(figures, day, written, thin) for figures in ranked[:MAX_TICKERS]], max_bytes)
    start, end = window(day)
    return DailySummaryPublishedV1(
        date=day,
        window_start=start,
        window_end=end,
        posts=len(seen.posts),
        coverage=coverage(seen.looks, day),
        headline=_also(headline(day, len(seen.posts), ranked, len(told), min_voices), thin),
        tickers=tuple(told),
        written_by="model" if any(one.written_by == "model" for one in told) else "template",
        model_tokens=sum(one.tokens for one in written.values()),
        model_dollars=sum((one.dollars for one in written.values()), Decimal(0)),
    )


def _written(day: date, ranked: Sequence[Figures], write_all: WriteAll) -> dict[str, Written]:
    """A text for each, paired by ticker; the template's where nobody wrote, saying so."""
    try:
        found = write_all(day, ranked) if ranked else {}
    except WritersGone:
        found = {}
    missing = {f.ticker: plainly(f, day, "nobody wrote it") for f in ranked if f.ticker not in found}
    return {**found, **missing}


def _fitting(tickers: Sequence[TickerDay], max_bytes: int) -> Sequence[TickerDay]:
    sizes = accumulate(len(ticker.model_dump_json().encode()) + 1 for ticker in tickers)
    return tickers[: sum(1 for _ in takewhile(lambda size: size <= max_bytes - _BESIDE_TICKERS, sizes))]


def _ticker_day(figures: Figures, day: date, texts: Mapping[str, Written], thin: str) -> TickerDay:
    taken, close, written = figures.polarities, figures.close, texts[figures.ticker]
    return TickerDay(
        ticker=figures.ticker,
        mentions=figures.mentions,
        unique_authors=figures.authors,
        near_duplicate_share=(Decimal(figures.repeats) / figures.mentions).quantize(Decimal("0.001")),
        engagement=figures.engagement,
        scored=figures.scored,
        polarity_mean=taken.mean if taken else None,
        polarity_stddev=taken.stddev if taken else None,
        polarity_min=taken.low if taken else None,
        polarity_max=taken.high if taken else None,
        mood=figures.mood,
        close=close.price if close else None,
        change_pct=close.change_pct if close else None,
        text=_also(_grounded(written.text, figures, day), thin),
        sources=figures.sources,
        written_by=written.by,
        written_why=written.why,
        mood_read=written.mood_read,
        cited=written.cited,
    )


def _also(text: str, thin: str) -> str:
    return f"{text} {thin}" if thin else text


def _grounded(text: str, figures: Figures, day: date) -> str:
    """The text, or a notice in its place where it says more than the figures do."""
    if not ungrounded(text, facts(figures, day)):
        return text
    return (
        f"The text about {figures.ticker} on {day_text(day)} is withheld: it said more than the figures do."
    )
