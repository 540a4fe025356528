"""What a reader's mail says, from the figures of the day's summary and nothing else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from contracts.events.summaries import DailySummaryPublishedV1, TickerDay
from services.summaries.days import NEW_YORK
from services.summaries.headlines import FEELINGS
from services.summaries.writing import day_text, dollars, posts_text, signed

MAX_TEXTS = 10
"""Tickers told with their text; of the others the figures alone, or mail programs would cut the end off."""
_IN_SUBJECT = 3


@dataclass(frozen=True)
class Row:
    """A ticker as the mail shows it; None is what is not known."""

    ticker: str
    close: str | None
    change: str | None
    rose: bool | None
    crowd: str
    mood: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """A bar of the chart; *width* is in per cent of the longest."""

    label: str
    figure: str
    width: int


@dataclass(frozen=True)
class Page:
    """A mail before it is set as text or HTML."""

    title: str
    headline: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    chart_title: str = ""
    chart: tuple[Bar, ...] = ()


def told(summary: DailySummaryPublishedV1, watched: Collection[str]) -> list[TickerDay]:
    """The watched tickers the summary tells of, most discussed first."""
    return [day for day in summary.tickers if day.ticker in watched]


def subject_line(summary: DailySummaryPublishedV1, tickers: Sequence[str]) -> str:
    """`27 January 2021: GME +134.84%, NOK −3.20% and 2 more`."""
    days = told(summary, tickers)
    named = [" ".join(filter(None, (day.ticker, change_text(day.change_pct)))) for day in days[:_IN_SUBJECT]]
    more = f" and {len(days) - _IN_SUBJECT:,} more" if len(days) > _IN_SUBJECT else ""
    return f"{day_text(summary.date)}: {', '.join(named)}{more}"


def page(summary: DailySummaryPublishedV1, tickers: Sequence[str], time_zone: str) -> Page:
    """The mail about *tickers*; times are New York's and, beside them, those of *time_zone*."""
    days = told(summary, tickers)
    rows = tuple(_row(day, with_text=at < MAX_TEXTS) for at, day in enumerate(days))
    watched = listed([day.ticker for day in days])
    because = f"You get this because you watch {watched}."
    notes = (_window(summary, time_zone), _coverage(summary), _written(days[:MAX_TEXTS]), because)
    return Page(
        title=day_text(summary.date),
        headline=summary.headline,
        rows=rows,
        notes=notes,
        chart_title="Posts about each",
        chart=bars([(day.ticker, day.mentions) for day in days[:MAX_TEXTS]]),
    )


def bars(counts: Sequence[tuple[str, int]]) -> tuple[Bar, ...]:
    """A chart that needs no picture; nothing to compare draws nothing."""
    longest = max((count for _, count in counts), default=0)
    if len(counts) < 2 or not longest:
        return ()
    return tuple(Bar(label, f"{count:,}", max(round(100 * count / longest), 1)) for label, count in counts)


def _row(day: TickerDay, *, with_text: bool) -> Row:
    return Row(
        ticker=day.ticker,
        close=None if day.close is None else dollars(day.close),
        change=change_text(day.change_pct),
        rose=day.change_pct > 0 if day.change_pct else None,
        crowd=crowd_text(day),
        mood=_mood(day),
        paragraphs=tuple(day.text.split("\n\n")) if with_text else (),
    )


def change_text(change_pct: Decimal | None) -> str | None:
    """`+134.84%`; none where it is not known."""
    if change_pct is None:
        return None
    sign = "+" if change_pct > 0 else "−" if change_pct < 0 else ""
    return f"{sign}{abs(change_pct):,.2f}%"


def crowd_text(day: TickerDay) -> str:
    accounts = f"{day.unique_authors:,} account{'' if day.unique_authors == 1 else 's'}"
    said = posts_text(day.mentions) + (f" from {accounts}" if day.unique_authors else "")
    if day.near_duplicate_share is None:
        return said
    return f"{said}, {_percent(day.near_duplicate_share)} of them repeat another nearly word for word"


def _mood(day: TickerDay) -> str:
    felt = FEELINGS.get(day.mood, "not known")
    return f"mood {felt}" + ("" if day.polarity_mean is None else f", {signed(day.polarity_mean)} on −1 to 1")


def _window(summary: DailySummaryPublishedV1, time_zone: str) -> str:
    """The hours that are told of, in New York and where the reader is."""
    hours = f"Told of are posts from {_hours(summary, NEW_YORK)} in New York"
    there = ZoneInfo(time_zone)
    own = _hours(summary, there)
    return f"{hours}." if own == _hours(summary, NEW_YORK) else f"{hours}, {own} in {time_zone}."


def _hours(summary: DailySummaryPublishedV1, zone: ZoneInfo) -> str:
    return f"{_clock(summary.window_start, zone)} to {_clock(summary.window_end, zone)}"


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _coverage(summary: DailySummaryPublishedV1) -> str:
    if summary.coverage is None:
        return "How much of the day was seen is not known: a thin day is not a calm one."
    return f"We saw {_percent(summary.coverage)} of the posts usual at such hours."


def _written(days: Sequence[TickerDay]) -> str:
    """Who wrote the texts that are told."""
    by = {day.written_by or "template" for day in days}
    if by == {"template"}:
        return "The texts are written from the figures by fixed rules."
    who = (
        "The texts are written by a language model"
        if by == {"model"}
        else "A language model wrote some texts"
    )
    return f"{who}; what it said beyond the figures was left out."


def _percent(share: Decimal) -> str:
    return f"{share * 100:.0f}%"


def listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
