"""Ranks tickers by how far they have fallen from their peak, after each session."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.market_data import DrawdownsRankedV1, RankedDrawdown, SetAside
from services.market_data.asking import Note
from services.market_data.closing import Day
from services.market_data.doubting import change_pct
from services.market_data.drawdowns import bars_since, falls, order, reasons
from services.market_data.histories import PeakOf, histories
from services.market_data.hours import new_york_day, session_of, sessions_back
from services.market_data.tracking import BENCHMARK, with_benchmark

UNIVERSE = "tracked"
TOLD = 20

COLUMNS = "date,symbol,current_price,peak_price,drawdown_pct,days_since_peak,volume,rank"
"""Of russell_1000_drawdown_results.csv, which readers of old know; days are sessions."""


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


@dataclass(frozen=True)
class Place:
    """A ticker's rank and the bars behind it."""

    ranked: RankedDrawdown
    bars_since_peak: int
    volume: int


class BarsNotYet(Exception):
    """The session's bars are not kept yet; the queue brings the tick again."""


class Rankings(Protocol):
    def told(self, universe: str, day: date, due_at: datetime) -> DrawdownsRankedV1 | None:
        """What the tick due then announced, none when it has not yet."""
        ...

    def keep(self, told: DrawdownsRankedV1, due_at: datetime) -> DrawdownsRankedV1:
        """Gives the one that stands: the first."""
        ...


def rank_drawdowns(
    due: Due,
    publish: Publish,
    *,
    tracked: Callable[[datetime], list[str]],
    days: Callable[[str, date, date], list[Day]],
    rankings: Rankings,
    keep_table: Callable[[str, str], str],
    method: Method,
    note: Note,
) -> None:
    """Ranks every tracked ticker as of the session that closed today, keeps the table and announces it.

    Safe to repeat: a tick tells the same again. Raises BarsNotYet while the benchmark lacks the day's bar.
    """
    session = session_of(new_york_day(due.due_at))
    if session is None or due.due_at < session.close:
        note("drawdowns.not_ranked", extra={"reason": "no session closed", "due_at": str(due.due_at)})
        return
    told = rankings.told(UNIVERSE, session.day, due.due_at)
    if told is None:
        window = method.window(session.day)
        tickers = with_benchmark(tracked(due.due_at))
        bars = {ticker: days(ticker, window[0], window[-1]) for ticker in tickers}
        told = rankings.keep(_ranked(bars, window, method, keep_table), due.due_at)
    publish(told)
    why = Counter(aside.why for aside in told.set_aside)
    note("drawdowns.ranked", extra={"ranked": told.ranked, **why})


def _ranked(
    bars: dict[str, list[Day]], window: list[date], method: Method, keep_table: Callable[[str, str], str]
) -> DrawdownsRankedV1:
    day = window[-1]
    if all(bar.day != day for bar in bars[BENCHMARK]):
        raise BarsNotYet(f"{BENCHMARK} has no bar of {day}")
    places, aside = ranked(bars, window, method)
    text = table(places, day, method)
    # Named by its content, so that nothing is ever written over.
    key = f"drawdowns/universe={UNIVERSE}/dt={day}/{sha256(text.encode()).hexdigest()[:16]}.csv"
    return DrawdownsRankedV1(
        universe=UNIVERSE,
        date=day,
        sessions=len(window),
        peak_of=method.peak_of,
        ranked=len(places),
        set_aside=tuple(aside),
        top=tuple(place.ranked for place in places[:TOLD]),
        table=keep_table(key, text),
    )


def ranked(
    bars: dict[str, list[Day]], window: list[date], method: Method
) -> tuple[list[Place], list[SetAside]]:
    """The tickers by rank, and those without one by ticker."""
    tickers = sorted(bars)
    block = histories([bars[ticker] for ticker in tickers], window)
    fallen, why = falls(block, method.peak_of), reasons(block, method.peak_of)
    since = bars_since(block, fallen.peak)
    sound = [row for row, reason in enumerate(why) if reason is None]
    by_rank = order(fallen.pct[sound], [tickers[row] for row in sound], method.places)
    places = [
        _place(rank, tickers[row], bars[tickers[row]], window, int(fallen.peak[row]), int(since[row]), method)
        for rank, row in enumerate((sound[n] for n in by_rank), 1)
    ]
    aside = [
        SetAside(ticker=ticker, why=reason) for ticker, reason in zip(tickers, why, strict=True) if reason
    ]
    return places, aside


def _place(
    rank: int, ticker: str, bars: Sequence[Day], window: list[date], peak: int, since: int, method: Method
) -> Place:
    days = {bar.day: bar for bar in bars}
    last, top = days[window[-1]], days[window[peak]]
    price = top.close if method.peak_of == "close" else top.high
    told = RankedDrawdown(
        rank=rank,
        ticker=ticker,
        close=last.close,
        peak=price,
        peak_date=window[peak],
        drawdown_pct=change_pct(last.close, price) + Decimal(0),  # never -0.00
        sessions_since_peak=len(window) - 1 - peak,
    )
    return Place(told, since, last.volume)


def table(places: Sequence[Place], day: date, method: Method) -> str:
    """The whole ranking as CSV; the same ranking gives the same bytes."""
    lines = [COLUMNS]
    for place in places:
        of = place.ranked
        days = of.sessions_since_peak if method.sessions else place.bars_since_peak
        prices = f"{of.close:f},{of.peak:f},{of.drawdown_pct}"
        lines.append(f"{day},{of.ticker},{prices},{days},{place.volume},{of.rank}")
    return "\n".join(lines) + "\n"
