"""The template's own schedules lived through: what New York's clock and calendar make of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from samtranslator.yaml_helper import yaml_parse

from contracts.events.market_data import DailyBarClosedV1, PriceUpdatedV1
from services.market_data.asking import Bar, Patience, Quote, Unavailable
from services.market_data.closing import collect_bars
from services.market_data.quoting import collect_quotes
from tests.unit.market_data.doubles import (
    BarsInMemory,
    Notes,
    QuotesInMemory,
    Shared,
    a_day,
    a_due,
    a_price,
    said_by,
    three_seconds,
)

ROOT = Path(__file__).parents[3]
TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "services/market_data/template.yaml").read_text("utf-8"))
SCHEDULES: dict[str, dict[str, str]] = {
    name: stack["Properties"]["Parameters"]
    for name, stack in TEMPLATE["Resources"].items()
    if stack.get("Properties", {}).get("TemplateURL", "").endswith("calendar.yaml")
}


def fired(schedule: dict[str, str], day: date) -> Iterator[datetime]:
    """When EventBridge Scheduler would send its ticks that day, by the schedule's own time zone."""
    minutes, hours, days = re.fullmatch(
        r"cron\((\S+) (\S+) \? \* (\S+) \*\)", schedule["Expression"]
    ).groups()  # type: ignore[union-attr]
    assert days == "MON-FRI"
    if day.weekday() >= 5:
        return
    every = range(0, 60, int(minutes.partition("/")[2])) if "/" in minutes else [int(minutes)]
    first, _, last = hours.partition("-")
    for hour in range(int(first), int(last or first) + 1):
        for minute in every:
            local = datetime.combine(day, time(hour, minute), ZoneInfo(schedule.get("TimeZone", "UTC")))
            yield local.astimezone(UTC)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@dataclass
class Live:
    """Quotes everything as of the very moment, has every weekday's bar, and counts its calls."""

    name: str = "live"
    calls: list[datetime | date] = field(default_factory=list)

    def quotes(
        self, tickers: Sequence[str], at: datetime, patience: Patience
    ) -> dict[str, Quote | Unavailable]:
        self.calls.append(at)
        return {ticker: a_price(ticker=ticker, as_of=at) for ticker in tickers}

    def bars(
        self, tickers: Sequence[str], first: date, last: date, patience: Patience
    ) -> dict[str, list[Bar] | Unavailable]:
        self.calls.append(last)
        return {ticker: [a_day(day, ticker=ticker) for day in days(first, last)] for ticker in tickers}


def quoted_through(*on: date) -> tuple[Live, list[PriceUpdatedV1]]:
    live, quotes, told = Live(), QuotesInMemory(), []
    for at in (at for day in on for at in fired(SCHEDULES["QuotesDue"], day)):
        said = said_by(a_due(at))
        collect_quotes(
            a_due(at), said, sharing=Shared().out(), providers=[live], quotes=quotes,
            bar_of=lambda *_: None, stopwatch=three_seconds, note=Notes(),
        )  # fmt: skip
        told += [e for e in said.events if isinstance(e, PriceUpdatedV1) and e.ticker == "GME"]
    return live, told


def test_every_schedule_is_in_the_exchanges_time() -> None:
    assert len(SCHEDULES) >= 4
    assert {schedule["TimeZone"] for schedule in SCHEDULES.values()} == {"America/New_York"}
    calendar = (ROOT / "infra/calendar.yaml").read_text("utf-8")
    assert "ScheduleExpressionTimezone: !Ref TimeZone" in calendar


@pytest.mark.parametrize(
    ("day", "utc"),
    [(date(2021, 7, 1), 10), (date(2021, 1, 27), 11), (date(2021, 3, 15), 10), (date(2021, 11, 8), 11)],
)
def test_six_in_the_morning_in_new_york_is_six_in_july_too(day: date, utc: int) -> None:
    (at,) = fired({"Expression": "cron(0 6 ? * MON-FRI *)", "TimeZone": "America/New_York"}, day)
    assert (at.hour, at.astimezone(ZoneInfo("America/New_York")).hour) == (utc, 6)


@pytest.mark.parametrize(("day", "utc"), [(date(2021, 7, 1), 22), (date(2021, 1, 27), 23)])
def test_the_evenings_bars_are_of_that_day_in_july_as_in_january(day: date, utc: int) -> None:
    (at,) = fired(SCHEDULES["BarsDue"], day)
    said = said_by(a_due(at))
    collect_bars(
        a_due(at), said, sharing=Shared(series="bars").out(), providers=[Live()], bars=BarsInMemory(),
        quotes=QuotesInMemory(), history=1, stopwatch=three_seconds, note=Notes(),
    )  # fmt: skip
    assert at.hour == utc
    assert [e.date for e in said.events if isinstance(e, DailyBarClosedV1)] == [day, day]


@pytest.mark.parametrize(
    "day",
    [
        date(2021, 7, 5),  # Independence Day, kept on Monday
        date(2021, 11, 25),
        date(2022, 6, 20),
        date(2021, 4, 2),
        date(2021, 7, 3),
    ],
)
def test_a_holiday_is_a_day_without_a_single_call(day: date) -> None:
    live, told = quoted_through(day)
    for at in fired(SCHEDULES["BarsDue"], day):
        collect_bars(
            a_due(at), said_by(a_due(at)), sharing=Shared().out(), providers=[live], bars=BarsInMemory(),
            quotes=QuotesInMemory(), history=9, stopwatch=three_seconds, note=Notes(),
        )  # fmt: skip
    assert (live.calls, told) == ([], [])


def test_before_and_after_the_session_quotes_are_marked_so() -> None:
    _, told = quoted_through(date(2021, 7, 1))
    states = {
        quote.as_of.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M"): quote.session
        for quote in told
    }
    assert [states[at] for at in ("09:00", "09:15", "09:30", "16:00", "16:15", "16:45")] == [
        "pre", "pre", "regular", "regular", "post", "post",
    ]  # fmt: skip
    assert len(told) == 32


def test_on_a_half_day_the_afternoon_is_after_the_session() -> None:
    _, told = quoted_through(date(2021, 11, 26))
    states = {quote.as_of.astimezone(ZoneInfo("America/New_York")).hour: quote.session for quote in told}
    assert (states[12], states[13], states[14], states[16]) == ("regular", "post", "post", "post")


def test_a_week_with_a_change_of_clocks_has_as_many_quotes_a_day() -> None:
    _, told = quoted_through(*days(date(2021, 3, 12), date(2021, 3, 15)))
    found = [quote.as_of for quote in told]
    assert len(found) == 64
    assert (found[0].hour, found[32].hour) == (14, 13)
