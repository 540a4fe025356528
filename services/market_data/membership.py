"""The universe: about the thousand largest US companies, each from the day a list first had it."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from services.market_data.asking import Note
from services.market_data.hours import new_york_day

MEMBERS = Path(__file__).with_name("members.csv")
LASTS = timedelta(days=400)
"""The index is put together anew once a year; a newest list older than that is out of date."""


@dataclass(frozen=True)
class Member:
    """*until* is the first day without it; *was* the symbol the company had before."""

    symbol: str
    since: date
    until: date | None
    was: str | None


@dataclass(frozen=True)
class Universe:
    members: tuple[Member, ...]

    @property
    def known_from(self) -> date:
        return min(member.since for member in self.members)

    @property
    def known_until(self) -> date:
        newest = max(member.since for member in self.members)
        return newest + LASTS

    def on(self, day: date) -> list[str]:
        """Who belonged to it that day, by symbol; nobody before the first list: the past is not guessed."""
        return sorted(m.symbol for m in self.members if m.since <= day and not (m.until and m.until <= day))

    def known_as(self, symbol: str, day: date) -> str:
        """The symbol that the company now called *symbol* had on *day*."""
        for member in self.members:
            if member.symbol == symbol and member.was and day < member.since:
                return self.known_as(member.was, day)
        return symbol


@cache
def load_universe(path: Path = MEMBERS) -> Universe:
    with path.open(newline="", encoding="utf-8") as lines:
        return Universe(tuple(map(_member, csv.DictReader(lines))))


def with_universe(
    name: str, tracked: Callable[[datetime], list[str]], note: Note
) -> Callable[[datetime], list[str]]:
    """What is *tracked*, and the universe of that day in New York where it is asked for by *name*.

    A day no list reaches has no universe, one long after the newest has the newest's; both is noted.
    """
    if name == "none":
        return tracked

    def wanted(at: datetime) -> list[str]:
        universe, day = load_universe(), new_york_day(at)
        if not universe.known_from <= day <= universe.known_until:
            note("universe.out_of_date", extra={"day": str(day), "known_from": str(universe.known_from)})
        return sorted({*tracked(at), *universe.on(day)})

    return wanted


def _member(row: dict[str, str]) -> Member:
    until = date.fromisoformat(row["until"]) if row["until"] else None
    return Member(row["symbol"], date.fromisoformat(row["since"]), until, row["was"] or None)
