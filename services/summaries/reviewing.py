"""What a reader's weekly mail says, from the week's figures and nothing else."""

from collections.abc import Collection
from dataclasses import replace

from services.summaries.composing import Bar, Page, Row, bars, change_text, crowd_text, listed
from services.summaries.headlines import FEELINGS
from services.summaries.tallying import mood
from services.summaries.weeks import DAYS, TickerWeek, Week
from services.summaries.writing import day_text, dollars, posts_text, signed


def told(week: Week, watched: Collection[str]) -> list[TickerWeek]:
    """The watched tickers the week tells of, most discussed first."""
    return [one for one in week.tickers if one.ticker in watched]


def subject_line(week: Week, tickers: Collection[str]) -> str:
    """`Your week to 31 January 2021: GME +399.93%, AMC and 2 more`."""
    named = [" ".join(filter(None, (one.ticker, change_text(one.change_pct)))) for one in told(week, tickers)]
    more = f" and {len(named) - 3:,} more" if len(named) > 3 else ""
    return f"Your week to {day_text(week.last)}: {', '.join(named[:3])}{more}"


def page(week: Week, tickers: Collection[str]) -> Page:
    """The mail about *tickers*."""
    ones = told(week, tickers)
    missing = DAYS - len(week.told)
    notes = [f"Told of are the hours from 07:00 to 19:00 in New York of {len(week.told)} days."]
    if missing:
        notes.append(f"Of {missing} of the seven days there is no summary: they are missing, not calm.")
    notes.append(f"You get this because you watch {listed([one.ticker for one in ones])}.")
    return Page(
        title=f"Your week to {day_text(week.last)}",
        headline=_headline(ones),
        rows=tuple(_row(one) for one in ones),
        notes=tuple(notes),
        chart_title="Posts about them, day by day",
        chart=_chart(week, ones),
    )


def _headline(ones: list[TickerWeek]) -> str:
    loudest = ones[0]
    moved = change_text(loudest.change_pct)
    price = f", and its price moved {moved} over the week" if moved else ""
    return f"{loudest.ticker} was talked about most, in {posts_text(loudest.mentions)}{price}."


def _chart(week: Week, ones: list[TickerWeek]) -> tuple[Bar, ...]:
    counts = {
        summary.date: sum(day.mentions for one in ones for at, day in one.days if at == summary.date)
        for summary in week.told
    }
    return bars([(f"{day:%a} {day.day}", count) for day, count in counts.items()])


def _row(one: TickerWeek) -> Row:
    days = f"{len(one.days)} day{'' if len(one.days) == 1 else 's'}"
    mean = one.polarity
    felt = "not known" if mean is None else f"{FEELINGS[mood(mean)]}, {signed(mean)} on −1 to 1"
    loudest, day = max(one.days, key=lambda pair: (pair[1].mentions, pair[0]))
    spoke = f"The most was said on {day_text(loudest)}: {crowd_text(day)}."
    return Row(
        ticker=one.ticker,
        close=None if one.close is None else dollars(one.close),
        change=change_text(one.change_pct),
        rose=one.change_pct > 0 if one.change_pct else None,
        crowd=f"{posts_text(one.mentions)} on {days}",
        mood=f"mood {felt}",
        paragraphs=(spoke,),
    )


def with_receipt(page: Page, receipt: str) -> Page:
    return replace(page, notes=(*page.notes, f"Receipt: {receipt}"))
