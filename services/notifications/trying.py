"""What a rule would have done over what was heard, and what came afterwards beside the base rate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from math import sqrt
from statistics import median

from contracts.events.app import AlertRule
from contracts.events.market_data import DailyBarClosedV1, PriceUpdatedV1
from services.notifications.alerts import session_day
from services.notifications.falling import LEAST_BARS, fall
from services.notifications.gating import Between, Fire, why_silent
from services.notifications.moments import closing, moment
from services.notifications.rules import Trigger, judge

AHEAD = (1, 5, 21)
"""Sessions after a firing that are looked at."""
PEAK_SESSIONS = 180
_Z = 1.959964
"""Two-sided 95 %."""


@dataclass(frozen=True)
class Firing:
    at: datetime
    direction: str
    reason: str
    figures: Mapping[str, str]


@dataclass(frozen=True)
class Tried:
    """*looked_at* events were held against the rule; *passed* of them were beyond its line."""

    looked_at: int
    passed: int
    firings: tuple[Firing, ...]


def try_rule(rule: AlertRule, events: Sequence[Trigger]) -> Tried:
    """Holds *events*, in order of time, against *rule*, with its cooldown and hysteresis, as they would have
    been when they came."""
    looked_at = passed = 0
    firings: list[Firing] = []
    last: dict[str, tuple[int, Fire]] = {}
    for number, event in enumerate(events):
        verdict = judge(rule, event)
        looked_at += verdict is not None
        if verdict is None or not verdict.fires:
            continue
        passed += 1
        at, day = moment(event), _day(event)
        before, fire = last.get(verdict.direction, (number, None))
        if why_silent(rule, verdict.direction, at, day, fire, _these(events[before + 1 : number])):
            continue
        last[verdict.direction] = (number, Fire(str(number), at, day, "", 1))
        firings.append(Firing(at, verdict.direction, verdict.reason, verdict.figures))
    return Tried(looked_at, passed, tuple(firings))


def quotes_or_closes(
    quotes: Sequence[PriceUpdatedV1], bars: Sequence[DailyBarClosedV1]
) -> tuple[list[PriceUpdatedV1], int]:
    """Quotes where a day has any, else its close as one; and on how many days that was so."""
    quoted = {day for day, _ in groupby(quotes, key=lambda quote: session_day(quote.as_of))}
    closes = [quote for bar in bars if bar.date.isoformat() not in quoted for quote in _as_quote(bar)]
    return sorted([*quotes, *closes], key=lambda quote: quote.as_of), len(closes)


def falls(bars: Sequence[DailyBarClosedV1]) -> Iterator[Trigger]:
    """The fall from the peak of each day that has bars enough before it."""
    for end in range(LEAST_BARS, len(bars) + 1):
        window = bars[max(0, end - PEAK_SESSIONS) : end]
        if found := fall(window, day=window[-1].date, sessions=PEAK_SESSIONS):
            yield found


def after(
    firings: Sequence[Firing], bars: Sequence[DailyBarClosedV1], since: date
) -> list[dict[str, object]]:
    """What the price did from the close of a firing's session on, beside the same from every session's close.

    Shares of rises with their 95 % Wilson interval, and the median, per cent. *bars* go on after the last day
    that was tried, so far as there are any.
    """
    index = {bar.date.isoformat(): number for number, bar in enumerate(bars)}
    days = dict.fromkeys(session_day(firing.at) for firing in firings)
    told = [index[day] for day in days if day in index]
    everyday = [number for number, bar in enumerate(bars) if bar.date >= since]
    return [
        {
            "sessions": ahead,
            "after_firing": _measured([_change(bars, start, ahead) for start in told]),
            "base_rate": _measured([_change(bars, start, ahead) for start in everyday]),
        }
        for ahead in AHEAD
    ]


def _these(events: Sequence[Trigger]) -> Between:
    return lambda since, until: events


def _day(event: Trigger) -> str:
    named = getattr(event, "date", None)
    return named.isoformat() if named else session_day(moment(event))


def _as_quote(bar: DailyBarClosedV1) -> Iterator[PriceUpdatedV1]:
    if bar.previous_close is not None and bar.change_pct is not None:
        yield PriceUpdatedV1(
            ticker=bar.ticker,
            as_of=closing(bar.date),
            price=bar.close,
            previous_close=bar.previous_close,
            change_pct=bar.change_pct,
            session="regular",
            provider=bar.provider,
            confirmed=True,
        )


def _change(bars: Sequence[DailyBarClosedV1], start: int, ahead: int) -> float | None:
    """Per cent from the close of *start*, by each bar's own previous close, which divides splits out."""
    if start + ahead >= len(bars):
        return None
    worth = 1.0
    for bar in bars[start + 1 : start + ahead + 1]:
        if bar.previous_close is None:
            return None
        worth *= float(bar.close / bar.previous_close)
    return (worth - 1) * 100


def _measured(changes: Sequence[float | None]) -> dict[str, object]:
    known = [change for change in changes if change is not None]
    n, rises = len(known), sum(change > 0 for change in known)
    if not n:
        return {"n": 0}
    low, high = _wilson(rises, n)
    return {
        "n": n,
        "rose": round(rises / n, 4),
        "rose_low": round(low, 4),
        "rose_high": round(high, 4),
        "median_pct": round(median(known), 2),
    }


def _wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson (1927), without continuity correction."""
    share, z2 = hits / n, _Z * _Z
    middle, width = share + z2 / (2 * n), _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (middle - width) / (1 + z2 / n), (middle + width) / (1 + z2 / n)
