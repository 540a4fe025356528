"""Ranks tickers by how far they have fallen from their peak, after each session."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.market_data import DrawdownsRankedV1
from services.market_data.adjusting import split_adjusted
from services.market_data.asking import Note
from services.market_data.closing import Day
from services.market_data.drawdowns import bars_since, falls, order, reasons
from services.market_data.histories import PeakOf, histories
from services.market_data.hours import new_york_day, session_of, sessions_back
from services.market_data.membership import load_universe
from services.market_data.standings import Standing, announcement
from services.market_data.tracking import BENCHMARK, with_benchmark

Universe = Callable[[datetime], list[str]]
"""The tickers that are compared, as of a moment."""


@dataclass(frozen=True)
class Method:
    """Which sessions count, what the peak is of, and the decimal places in which falls may differ."""

    peak_of: PeakOf
    places: int
    sessions: int | None = None
    calendar_days: int | None = None

    def window(self, day: date) -> list[date]:
        """Sessions up to and with *day*, oldest first."""
        days = [session.day for session in sessions_back(day, self.sessions or self.calendar_days or 1)]
        if self.calendar_days:
            days = [d for d in days if d >= day - timedelta(days=self.calendar_days)]
        return days


METHODS = {
    "sessions": Method("close", places=9, sessions=180),
    "calendar": Method("high", places=2, calendar_days=250),
}
"""`calendar` is what the screener before us did: 250 days of highs, days since the peak counted in bars."""


def universes(name: str, tracked: Universe) -> dict[str, Universe]:
    """What is compared: what is tracked, and the universe of that *name* unless it is none."""
    compared: dict[str, Universe] = {"tracked": lambda at: with_benchmark(tracked(at))}
    if name != "none":
        compared[name] = lambda at: load_universe().on(new_york_day(at))
    return compared


class BarsNotYet(Exception):
    """The session's bars are not kept yet; the queue brings the tick again."""


class Rankings(Protocol):
    def told(self, universe: str, day: date, due_at: datetime) -> DrawdownsRankedV1 | None:
        """What the tick due then announced, none when it has not yet."""
        ...

    def keep(self, told: DrawdownsRankedV1, due_at: datetime) -> DrawdownsRankedV1:
        """Gives the one that stands: the first."""
        ...


class Files(Protocol):
    def keep(
        self, universe: str, day: date, run: datetime, standings: list[Standing]
    ) -> tuple[str, list[Standing]]:
        """Gives where the run's rows lie, and the rows that stand there: the first."""
        ...

    def refresh(self, universe: str, day: date) -> None:
        """Has the views say of *day* what its newest run does."""
        ...


def rank_drawdowns(
    due: Due,
    publish: Publish,
    *,
    universes: Mapping[str, Universe],
    days: Callable[[str, date, date], list[Day]],
    rankings: Rankings,
    files: Files,
    method: Method,
    note: Note,
) -> None:
    """Ranks the tickers of each universe as of the session that closed today, keeps and announces that.

    Safe to repeat: a tick tells the same again. Raises BarsNotYet while the benchmark lacks the day's bar.
    """
    session = session_of(new_york_day(due.due_at))
    if session is None or due.due_at < session.close:
        note("drawdowns.not_ranked", extra={"reason": "no session closed", "due_at": str(due.due_at)})
        return
    window = method.window(session.day)
    days_of = cache(lambda ticker: split_adjusted(days(ticker, window[0], window[-1])))
    for universe, tickers in universes.items():
        told = rankings.told(universe, session.day, due.due_at)
        if told is None:
            if all(bar.day != session.day for bar in days_of(BENCHMARK)):
                raise BarsNotYet(f"{BENCHMARK} has no bar of {session.day}")
            if not (wanted := tickers(due.due_at)):
                note("drawdowns.not_ranked", extra={"reason": "nobody belongs to it", "universe": universe})
                continue
            bars = {ticker: days_of(ticker) for ticker in wanted}
            table, standings = files.keep(universe, session.day, due.due_at, ranked(bars, window, method))
            files.refresh(universe, session.day)
            told = rankings.keep(announcement(universe, standings, table), due.due_at)
        publish(told)
        why = Counter(aside.why for aside in told.set_aside)
        note("drawdowns.ranked", extra={"universe": universe, "ranked": told.ranked, **why})


def ranked(bars: Mapping[str, Sequence[Day]], window: Sequence[date], method: Method) -> list[Standing]:
    """A row a ticker: by rank, then those without one by ticker."""
    tickers = sorted(bars)
    block = histories([bars[ticker] for ticker in tickers], window)
    fallen, why = falls(block, method.peak_of), reasons(block, method.peak_of)
    since = bars_since(block, fallen.peak)
    rows = [_without_rank(ticker, window, method, why[row]) for row, ticker in enumerate(tickers)]
    for row, ticker in enumerate(tickers):
        if why[row] != "no_bar":
            at, pct, ago = int(fallen.peak[row]), float(fallen.pct[row]), int(since[row])
            rows[row] = _with_figures(rows[row], bars[ticker], window, method, at, pct, ago)
    sound = [row for row, reason in enumerate(why) if reason is None]
    in_order = order(fallen.pct[sound], [tickers[row] for row in sound], method.places)
    first = [replace(rows[sound[n]], rank=rank) for rank, n in enumerate(in_order, 1)]
    return [*first, *(row for row in rows if row.set_aside)]


def _without_rank(ticker: str, window: Sequence[date], method: Method, why: str | None) -> Standing:
    return Standing(window[-1], ticker, set_aside=why, sessions=len(window), peak_of=method.peak_of)


def _with_figures(
    row: Standing, bars: Sequence[Day], window: Sequence[date], method: Method, at: int, pct: float, ago: int
) -> Standing:
    days = {bar.day: bar for bar in bars}
    last, top = days[window[-1]], days[window[at]]
    sessions = len(window) - 1 - at
    return replace(
        row,
        current_price=last.close,
        peak_price=top.close if method.peak_of == "close" else top.high,
        peak_date=top.day,
        drawdown_pct=pct + 0.0,  # never -0.0
        days_since_peak=sessions if method.sessions else ago,
        sessions_since_peak=sessions,
        volume=last.volume,
    )
