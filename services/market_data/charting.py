"""A ticker's prices and its falls from their peak as a picture: where every line and word of it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10

from services.market_data.adjusting import split_adjusted
from services.market_data.closing import Day
from services.market_data.listings import Listing
from services.market_data.ranking import Method, ranked
from services.market_data.standings import Standing

WIDTH, HEIGHT = 1200, 630
"""Pixels; what chats and mail clients show without cutting."""
LEFT, RIGHT = 40.0, 1110.0
PRICES, FALLS = (150.0, 400.0), (440.0, 560.0)
"""Top and bottom of the two panels."""
_FEWEST = 2
_WHY = {
    "too_few_bars": "Not ranked: too few bars",
    "outlier": "Not ranked: a price here is in doubt",
    "suspect_split": "Not ranked: a split may be missing",
}


@dataclass(frozen=True)
class Mark:
    """A grid line or a label at a pixel."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Points are `x,y` pairs in pixels, as SVG has them."""

    title: str
    name: str
    headline: str
    detail: str
    note: str
    prices: str
    falls: str
    falls_area: str
    caption: str
    price_marks: tuple[Mark, ...]
    fall_marks: tuple[Mark, ...]
    months: tuple[Mark, ...]
    peak_x: float
    peak_y: float
    peak_text: str
    peak_anchor: str
    last_x: float
    last_y: float


def chart(
    ticker: str, name: str, bars: Sequence[Day], window: Sequence[date], method: Method
) -> Chart | None:
    """The bars of *window*, from the first there is; none where there are not two, or not of its last day.

    The lower panel is the fall of each close from the highest price of the window up to then.
    """
    shown = [bar for bar in bars if bar.day in set(window)]
    if len(shown) < _FEWEST or shown[-1].day != window[-1]:
        return None
    window = [day for day in window if day >= shown[0].day]
    place = {day: n for n, day in enumerate(window)}
    (standing,) = ranked({ticker: shown}, window, method)
    xs = [_between(LEFT, RIGHT, place[bar.day] / (len(window) - 1)) for bar in shown]
    closes = [float(bar.close) for bar in shown]
    peaks = closes if method.peak_of == "close" else [float(bar.high) for bar in shown]
    price_steps = steps(min(closes), max(peaks))
    fallen = _fallen(closes, peaks)
    fall_steps = steps(min(fallen), 0.0, most=3)
    falls = _points(xs, fallen, fall_steps, FALLS)
    top = next(n for n, bar in enumerate(shown) if bar.day == standing.peak_date)
    return Chart(
        title=ticker,
        name=name if name != ticker else "",
        headline="at its peak" if closes[-1] == peaks[top] else f"{_minus(f'{standing.percent:.1f}')} %",
        detail=_detail(standing),
        note=_WHY.get(standing.set_aside or "", ""),
        prices=_points(xs, closes, price_steps, PRICES),
        falls=falls,
        falls_area=f"{xs[0]},{FALLS[0]} {falls} {xs[-1]},{FALLS[0]}",
        caption=_caption(len(window), standing.peak_of),
        price_marks=tuple(Mark(_y(s, price_steps, PRICES), _dollars(s, price_steps)) for s in price_steps),
        fall_marks=tuple(Mark(_y(s, fall_steps, FALLS), f"{_minus(f'{s:g}')} %") for s in fall_steps),
        months=_months(window),
        peak_x=xs[top],
        peak_y=_y(peaks[top], price_steps, PRICES),
        peak_text=f"${standing.peak_price:,.2f}",
        peak_anchor="end" if xs[top] > (LEFT + RIGHT) / 2 else "start",
        last_x=xs[-1],
        last_y=_y(closes[-1], price_steps, PRICES),
    )


def newest_chart(
    ticker: str, listings: Sequence[Listing], bars: Sequence[Day], method: Method
) -> Chart | None:
    """The chart up to the last of the bars; none where there are too few, or the calendar does not reach."""
    if not bars:
        return None
    try:
        window = method.window(bars[-1].day)
    except ValueError:
        return None
    name = next((one.name for one in listings if one.symbol == ticker), ticker)
    return chart(ticker, name, split_adjusted(bars), window, method)


def steps(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers, at most *most* + 1 apart evenly, from at or below *low* to at or above *high*."""
    room = (high - low) or abs(high) or 1.0
    unit = 10.0 ** floor(log10(room / most))
    for factor in (1, 2, 2.5, 5, 10, 20):
        step = unit * factor
        first, last = floor(low / step + 1e-9), -floor(-high / step + 1e-9)
        if last - first <= most:
            break
    return [round(n * step, 10) + 0.0 for n in range(first, max(last, first + 1) + 1)]


def _fallen(closes: Sequence[float], peaks: Sequence[float]) -> list[float]:
    found, peak = [], 0.0
    for close, high in zip(closes, peaks, strict=True):
        peak = max(peak, high)
        found.append((close - peak) / peak * 100)
    return found


def _detail(of: Standing) -> str:
    ago = of.sessions_since_peak
    when = "today" if not ago else f"{ago} session{'s' if ago > 1 else ''} ago"
    peak = "highest close" if of.peak_of == "close" else "highest price"
    return f"${of.current_price:,.2f} on {_day(of.date)} · {peak} ${of.peak_price:,.2f} {when}"


def _caption(sessions: int, peak_of: str) -> str:
    of = "close" if peak_of == "close" else "price"
    return f"{sessions} sessions. Above: closes, split-adjusted. Below: falls from the highest {of} so far."


def _months(window: Sequence[date]) -> tuple[Mark, ...]:
    """The first session of each month, with the year at the first mark and each January."""
    firsts = [n for n in range(1, len(window)) if window[n].month != window[n - 1].month]
    marks: list[Mark] = []
    for n in firsts:
        day = window[n]
        text = day.strftime("%b %Y") if not marks or day.month == 1 else day.strftime("%b")
        at = _between(LEFT, RIGHT, n / (len(window) - 1))
        if at < RIGHT - 40:
            marks.append(Mark(at, text))
    return tuple(marks)


def _points(
    xs: Sequence[float], values: Sequence[float], scale: Sequence[float], panel: Sequence[float]
) -> str:
    return " ".join(f"{x:.1f},{_y(value, scale, panel):.1f}" for x, value in zip(xs, values, strict=True))


def _y(value: float, scale: Sequence[float], panel: Sequence[float]) -> float:
    top, bottom = panel
    return round(_between(bottom, top, (value - scale[0]) / (scale[-1] - scale[0])), 1)


def _between(start: float, end: float, share: float) -> float:
    return round(start + (end - start) * share, 1)


def _dollars(step: float, scale: Sequence[float]) -> str:
    whole = all(one == round(one) for one in scale)
    return f"${step:,.0f}" if whole else f"${step:,.2f}"


def _minus(number: str) -> str:
    return number.replace("-", "−")


def _day(day: date) -> str:
    return f"{day.day} {day.strftime('%b %Y')}"
