"""Keeps the bars of closed sessions, announces each, and corrects the quotes it disproves."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.market_data import DailyBarClosedV1
from services.market_data.asking import Bar, Note, Provider, Unavailable, bar_fault, out_of_proportion
from services.market_data.consulting import Panel
from services.market_data.correcting import correct_sessions
from services.market_data.doubting import agree, change_pct, looks_unadjusted
from services.market_data.hours import last_closed_session, new_york_day, session_of, sessions_back
from services.market_data.keeping import Quotes
from services.market_data.reporting import Stopwatch
from services.market_data.sharing import Sharing, patience


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
    previous_close: Decimal | None = None


class Bars(Protocol):
    def between(self, ticker: str, first: date, last: date) -> list[KeptBar]:
        """All that are kept from *first* to *last*, oldest first."""
        ...

    def keep(self, bars: Sequence[KeptBar]) -> None: ...


def collect_bars(
    due: Due,
    publish: Publish,
    *,
    sharing: Sharing,
    providers: Sequence[Provider],
    bars: Bars,
    quotes: Quotes,
    history: int,
    stopwatch: Stopwatch,
    note: Note,
) -> None:
    """Fetches the sessions that this message's share of tickers lacks, *history* back at most; announces them
    oldest first.

    With each bar, the quotes of its session that it disproves are corrected. On a day without a session
    nobody is asked. Safe to repeat: what this tick has kept is announced again as it was, only the rest is
    asked for.
    """
    if session_of(new_york_day(due.due_at)) is None:
        note("bars.not_asked", extra={"reason": "closed", "due_at": str(due.due_at)})
        return
    elapsed = stopwatch()
    tickers = sharing.share(due)
    sessions = {s.day: s for s in sessions_back(last_closed_session(due.due_at).day, history)}
    tick = _Tick(due.due_at, list(sessions), Panel(providers, patience(elapsed), note), bars, note)
    for fresh in tick.complete(tickers):
        for told in fresh:
            publish(told, at=sessions[told.date].close)
        correct_sessions(fresh, due.due_at, quotes, publish)
    sharing.settle(due, tick.up_to_date, tick.missed, elapsed())
    counts = Counter(announced=tick.announced) + Counter(miss.reason for miss in tick.missed.values())
    note("bars.collected", extra=counts)


Kept = Mapping[date, KeptBar]


@dataclass
class _Tick:
    due_at: datetime
    days: Sequence[date]
    panel: Panel
    bars: Bars
    note: Note
    announced: int = 0
    up_to_date: list[str] = field(default_factory=list)
    missed: dict[str, Unavailable] = field(default_factory=dict)

    def complete(self, tickers: Sequence[str]) -> Iterator[list[DailyBarClosedV1]]:
        """Keeps what can be had of the days each ticker lacks; gives all there is to tell, oldest first."""
        kept = {ticker: self._kept(ticker) for ticker in tickers}
        answers = self._answers({ticker: missing_days(self.days, kept[ticker]) for ticker in tickers})
        for ticker in tickers:
            fresh = self._fresh(ticker, answers.get(ticker, []), kept[ticker])
            self.bars.keep([KeptBar(told, self.due_at) for told in fresh])
            again = [one.told for one in kept[ticker].values() if one.due_at == self.due_at]
            self.announced += len(again) + len(fresh)
            if self.days[-1] in {*kept[ticker], *(told.date for told in fresh)}:
                self.up_to_date.append(ticker)
                self.missed.pop(ticker, None)
            else:
                nothing = Unavailable("no_data", f"no bar of {ticker} for {self.days[-1]}")
                self.missed.setdefault(ticker, nothing)
            yield sorted([*again, *fresh], key=lambda told: told.date)

    def _kept(self, ticker: str) -> dict[date, KeptBar]:
        return {one.told.date: one for one in self.bars.between(ticker, self.days[0], self.days[-1])}

    def _answers(self, missing: Mapping[str, Sequence[date]]) -> dict[str, list[Bar]]:
        """What there is, with the session before: a change is told within one provider's prices."""
        spans: dict[tuple[date, date], list[str]] = {}
        for ticker, days in missing.items():
            if days:
                before = self.days[max(self.days.index(days[0]) - 1, 0)]
                spans.setdefault((before, days[-1]), []).append(ticker)
        found: dict[str, list[Bar]] = {}
        for (first, last), tickers in spans.items():
            for ticker, answer in self.panel.bars(tickers, first, last).items():
                if isinstance(answer, Unavailable):
                    self.missed[ticker] = answer
                    self._note("bars.missed", ticker, answer.reason, answer.detail)
                else:
                    found[ticker] = answer
        return found

    def _fresh(self, ticker: str, answer: Sequence[Bar], kept: Kept) -> list[DailyBarClosedV1]:
        sound: dict[date, Bar] = {}
        missing = set(missing_days(self.days, kept))
        for bar in answer:
            if not (fault := bar_fault(bar)):
                sound[bar.day] = bar
            elif bar.day in missing:
                self._note("bar.refused", ticker, "implausible", f"{bar.provider}, {bar.day}: {fault}")
        for day in sound.keys() & kept.keys():
            self._compare(ticker, sound[day], kept[day].told)
        known = {day: _bar(one.told) for day, one in kept.items()} | sound
        before = dict(zip(self.days[1:], self.days, strict=False))
        fresh = []
        for day in sorted(missing & sound.keys()):
            earlier = known.get(before[day]) if day in before else None
            if earlier and looks_unadjusted(earlier, sound[day]):
                detail = f"{sound[day].provider}, {day}: {sound[day].close} after {earlier.close}"
                self._note("bar.doubted", ticker, "suspect_split", detail)
                earlier = None
            fresh.append(_told(sound[day], earlier.close if earlier else None))
        return fresh

    def _compare(self, ticker: str, now: Bar, kept: DailyBarClosedV1) -> None:
        """Notes a session told otherwise now: split since, or another provider's. What is kept stays."""
        if not agree(now.close, kept.close):
            detail = f"{now.provider}, {now.day}: {now.close}; {kept.provider} said {kept.close}"
            self._note("bar.restated", ticker, "differs", detail)

    def _note(self, what: str, ticker: str, reason: str, detail: str) -> None:
        self.note(what, extra={"ticker": ticker, "reason": reason, "detail": detail})


def missing_days(days: Sequence[date], kept: Collection[date]) -> list[date]:
    """The days not kept, since the first that is: before that, the ticker was not traded or not tracked."""
    since = min(kept, default=date.min)
    return [day for day in days if day > since and day not in kept]


def _bar(told: DailyBarClosedV1) -> Bar:
    return Bar(
        ticker=told.ticker,
        day=told.date,
        open=told.open,
        high=told.high,
        low=told.low,
        close=told.close,
        adjusted_close=told.adjusted_close,
        volume=told.volume,
        provider=told.provider,
        feed=told.feed,
    )


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
        feed=bar.feed,
    )
