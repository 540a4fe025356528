"""The week in figures, out of the summaries of its days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.events.summaries import DailySummaryPublishedV1, TickerDay

DAYS = 7


@dataclass(frozen=True)
class TickerWeek:
    """A ticker's days of the week, first to last; it is told on some of them."""

    ticker: str
    days: tuple[tuple[date, TickerDay], ...]

    @property
    def mentions(self) -> int:
        return sum(day.mentions for _, day in self.days)

    @property
    def polarity(self) -> Decimal | None:
        """The mean over all scored posts of the week; none without one."""
        scored = [(day.scored, day.polarity_mean) for _, day in self.days if day.polarity_mean is not None]
        total = sum(number for number, _ in scored)
        if not total:
            return None
        return (sum((number * mean for number, mean in scored), Decimal(0)) / total).quantize(
            Decimal("0.001")
        )

    @property
    def close(self) -> Decimal | None:
        """The last close that is known."""
        return next((day.close for _, day in reversed(self.days) if day.close is not None), None)

    @property
    def change_pct(self) -> Decimal | None:
        """From the close before the first session told to the last close; none without both."""
        closed = [day for _, day in self.days if day.close is not None]
        if not closed or closed[0].change_pct is None or closed[0].change_pct <= -100:
            return None
        before = closed[0].close / (1 + closed[0].change_pct / 100)  # type: ignore[operator]
        return ((closed[-1].close / before - 1) * 100).quantize(Decimal("0.01"))  # type: ignore[operator]


@dataclass(frozen=True)
class Week:
    """Seven days to *last*; *told* are those that have a summary."""

    last: date
    told: tuple[DailySummaryPublishedV1, ...]
    tickers: tuple[TickerWeek, ...]

    @property
    def first(self) -> date:
        return self.last - timedelta(days=DAYS - 1)


def week(last: date, summaries: Sequence[DailySummaryPublishedV1]) -> Week:
    """Most discussed tickers first, ties by ticker."""
    told = sorted(summaries, key=lambda summary: summary.date)
    days: dict[str, list[tuple[date, TickerDay]]] = {}
    for summary in told:
        for day in summary.tickers:
            days.setdefault(day.ticker, []).append((summary.date, day))
    tickers = [TickerWeek(ticker, tuple(found)) for ticker, found in days.items()]
    ranked = sorted(tickers, key=lambda one: (-one.mentions, one.ticker))
    return Week(last, tuple(told), tuple(ranked))
