"""What is asked over HTTP, read from a query; each refusal says what to send."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

MOST_CHARACTERS = 100
MOST_DAYS = 3660
_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,5}(\.[A-Z]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1970, 2100)

Asked = Mapping[str, str]


class Refused(Exception):
    """A question that is not answered; the text says what to send instead."""


@dataclass(frozen=True)
class Span:
    """Days about a ticker, both included."""

    ticker: str
    first: date
    last: date


def asked_span(asked: Asked, today: date) -> Span:
    """Read ticker, startDate and endDate; up to *today* unless said."""
    ticker = asked_ticker(asked.get("ticker"))
    first = asked_day(asked, "startDate")
    if first is None:
        raise Refused("startDate is missing; send a day as YYYY-MM-DD")
    span = Span(ticker, first, asked_day(asked, "endDate") or max(first, today))
    if span.first > span.last:
        raise Refused(f"startDate {span.first} is after endDate {span.last}; send an earlier day")
    if (span.last - span.first).days >= MOST_DAYS:
        raise Refused(f"startDate {span.first} is too early; send at most {MOST_DAYS:,} days")
    return span


def asked_ticker(stated: str | None) -> str:
    if not stated:
        raise Refused("ticker is missing; send a symbol such as GME or BRK.B")
    symbol = stated.strip().upper().replace("-", ".")
    if not _TICKER.fullmatch(symbol):
        raise Refused(f"ticker {stated[:32]!r} is no symbol; send one such as GME or BRK.B")
    return symbol


def asked_day(asked: Asked, name: str) -> date | None:
    """The day of that name, none where it is not said."""
    stated = asked.get(name)
    if not stated:
        return None
    try:
        day = date.fromisoformat(stated) if _DAY.fullmatch(stated) else None
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise Refused(f"{name} {stated[:32]!r} is no day; send YYYY-MM-DD from {_YEARS[0]} to {_YEARS[-1]}")
    return day


def asked_number(asked: Asked, name: str, default: int, most: int, least: int = 1) -> int:
    stated = asked.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,6}", stated) or not least <= int(stated) <= most:
        raise Refused(
            f"{name} {stated[:32]!r} is out of bounds; send a whole number from {least} to {most:,}"
        )
    return int(stated)


def asked_words(asked: Asked, name: str) -> str:
    """A text of 1 to 100 characters, without the blanks at its ends."""
    stated = asked.get(name, "").strip()
    if not stated:
        raise Refused(f"{name} is missing; send a symbol or a part of a name")
    if len(stated) > MOST_CHARACTERS:
        raise Refused(f"{name} has {len(stated):,} characters; send at most {MOST_CHARACTERS}")
    return stated


def asked_one_of(asked: Asked, name: str, choices: Sequence[str]) -> str:
    """The first choice unless said."""
    stated = asked.get(name) or choices[0]
    if stated not in choices:
        raise Refused(f"{name} {stated[:32]!r} is unknown; send {' or '.join(choices)}")
    return stated
