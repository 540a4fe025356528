"""Keeps the bars of closed sessions, announces each, and corrects the quotes it disproves."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple, Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.market_data import DailyBarClosedV1
from services.market_data.asking import Bar, Note, Panel, Provider, Unavailable, bar_fault, out_of_proportion
from services.market_data.correcting import correct_sessions
from services.market_data.doubting import change_pct
from services.market_data.hours import last_closed_session, sessions_back
from services.market_data.keeping import Quotes
from services.market_data.reporting import Record, Run, Stopwatch
from services.market_data.tracking import with_benchmark


@dataclass(frozen=True)
class KeptBar:
    """A bar as it was announced, and the tick that fetched it."""

    told: DailyBarClosedV1
    due_at: datetime


class Day(NamedTuple):
    """What a ranking needs of a bar."""

    day: date
    open: Decimal
    high: Decimal
    close: Decimal
    volume: int


class Bars(Protocol):
    def between(self, ticker: str, first: date, last: date) -> list[KeptBar]:
        """All that are kept from *first* to *last*, oldest first."""
        ...

    def keep(self, bars: Sequence[KeptBar]) -> None: ...


def collect_bars(
    due: Due,
    publish: Publish,
    *,
    tracked: Callable[[datetime], list[str]],
    providers: Sequence[Provider],
    bars: Bars,
    quotes: Quotes,
    history: int,
    stopwatch: Stopwatch,
    records: Sequence[Record],
    note: Note,
) -> None:
    """Fetches the sessions each tracked ticker lacks, *history* back at most; announces them oldest first.

    With each bar, the quotes of its session that it disproves are corrected. Safe to repeat: what this tick
    has kept is announced again as it was, only the rest is asked for.
    """
    elapsed = stopwatch()
    sessions = {s.day: s for s in sessions_back(last_closed_session(due.due_at).day, history)}
    tick = _Tick(due.due_at, list(sessions), Panel(providers), bars, note)
    tickers = with_benchmark(tracked(due.due_at))
    for ticker in tickers:
        fresh = tick.complete(ticker)
        for told in fresh:
            publish(told, at=sessions[told.date].close)
        correct_sessions(fresh, due.due_at, quotes, publish)
    run = Run("bars", due.due_at, len(tickers), tick.up_to_date, dict(tick.failed), elapsed())
    for record in records:
        record(run)
    note("bars.collected", extra=Counter(announced=tick.announced) + tick.failed)


@dataclass
class _Tick:
    due_at: datetime
    days: Sequence[date]
    panel: Panel
    bars: Bars
    note: Note
    announced: int = 0
    up_to_date: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def complete(self, ticker: str) -> list[DailyBarClosedV1]:
        """Keeps what can be had of the days a ticker lacks; gives all this tick has to tell, oldest first."""
        kept = {one.told.date: one for one in self.bars.between(ticker, self.days[0], self.days[-1])}
        found = self._found(ticker, missing_days(self.days, kept))
        fresh = chained(self.days, found, {day: one.told.close for day, one in kept.items()})
        self.bars.keep([KeptBar(told, self.due_at) for told in fresh])
        again = [one.told for one in kept.values() if one.due_at == self.due_at]
        self.announced += len(again) + len(fresh)
        self.up_to_date += self.days[-1] in {*kept, *(told.date for told in fresh)}
        return sorted([*again, *fresh], key=lambda told: told.date)

    def _found(self, ticker: str, missing: Sequence[date]) -> dict[date, Bar]:
        if not missing:
            return {}
        answer = self.panel.bars(ticker, missing[0], missing[-1])
        if isinstance(answer, Unavailable):
            self._miss("bars.missed", answer.reason, ticker=ticker, detail=answer.detail)
            return {}
        sound = {}
        for bar in answer:
            if fault := bar_fault(bar):
                detail = f"{bar.provider}, {bar.day}: {fault}"
                self._miss("bar.refused", "implausible", ticker=ticker, detail=detail)
            elif bar.day in missing:
                sound[bar.day] = bar
        return sound

    def _miss(self, what: str, reason: str, **fields: str) -> None:
        self.failed[reason] += 1
        self.note(what, extra={"reason": reason, **fields})


def missing_days(days: Sequence[date], kept: Collection[date]) -> list[date]:
    """The days not kept, since the first that is: before that, the ticker was not traded or not tracked."""
    since = min(kept, default=date.min)
    return [day for day in days if day > since and day not in kept]


def chained(
    days: Sequence[date], found: Mapping[date, Bar], closes: Mapping[date, Decimal]
) -> list[DailyBarClosedV1]:
    """Each bar found, beside the close of the session before it; none where that one is missing or absurd."""
    known = {**closes, **{day: bar.close for day, bar in found.items()}}
    previous = {day: known[before] for before, day in pairwise(days) if before in known}
    return [_told(found[day], previous.get(day)) for day in days if day in found]


def _told(bar: Bar, previous_close: Decimal | None) -> DailyBarClosedV1:
    if previous_close is not None and out_of_proportion(bar.close, previous_close):
        previous_close = None
    return DailyBarClosedV1(
        ticker=bar.ticker,
        date=bar.day,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        adjusted_close=bar.adjusted_close,
        volume=bar.volume,
        previous_close=previous_close,
        change_pct=None if previous_close is None else change_pct(bar.close, previous_close),
        provider=bar.provider,
    )
