"""How figures, moments and spans are written for people."""

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")

_SPAN = re.compile(r"^P(?:T(\d+)([HM])|(\d+)(D))$")
_UNITS = {"H": "hour", "M": "minute", "D": "day"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rounded(value: Decimal, places: int) -> Decimal:
    """Half away from zero, as people round."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def number(value: Decimal, places: int) -> str:
    """`1,234.5`, without a sign."""
    return f"{abs(rounded(value, places)):,}"


def signed(value: Decimal, places: int) -> str:
    """`+134.8`, `−3.2`, `0.0`: a typographic minus, and no sign where nothing is left after rounding."""
    return sign(value, places) + number(value, places)


def sign(value: Decimal, places: int) -> str:
    """Of what is left after rounding."""
    short = rounded(value, places)
    return "+" if short > 0 else "−" if short < 0 else ""


def percent(value: Decimal) -> str:
    """A change: `+134.8 %`."""
    return f"{signed(value, 1)} %"


def share(value: Decimal, places: int = 0) -> str:
    """A share 0…1 in per cent: `12 %`; what is not zero is never written as zero."""
    least = Decimal(1).scaleb(-places)
    return f"under {least} %" if 0 < value * 100 < least / 2 else f"{number(value * 100, places)} %"


def money(value: Decimal) -> str:
    """Dollars and cents; below a dollar four places, for there a cent is much."""
    return f"${rounded(value, cents(value)):,}"


def cents(value: Decimal) -> int:
    """Places after the point of so many dollars."""
    return 2 if value >= 1 else 4


def line(threshold: Decimal) -> str:
    """A threshold as its owner typed it: `10`, `2.5`."""
    return f"{threshold.normalize():f}"


def limit(threshold: Decimal) -> str:
    """The same in per cent: `2.5 %`."""
    return f"{line(threshold)} %"


def count(how_many: int, thing: str) -> str:
    """`1 post`, `1,234 posts`."""
    return f"{how_many:,} {named(how_many, thing)}"


def named(how_many: int, thing: str) -> str:
    """`post`, `posts`."""
    return thing if how_many == 1 else f"{thing}s"


def span(duration: str) -> str:
    """`PT1H` as `1 hour`; other ISO 8601 durations as they are."""
    found = parts_of(duration)
    return count(*found) if found else duration


def parts_of(duration: str) -> tuple[int, str] | None:
    """`PT6H` as 6 and `hour`; none where it is no such duration."""
    found = _SPAN.match(duration)
    if not found:
        return None
    size, unit = found.group(1) or found.group(3), found.group(2) or found.group(4)
    return int(size), _UNITS[unit]


def day(when: date) -> str:
    """`27 Jan 2021`, whatever the machine's locale."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def clock(moment: datetime) -> str:
    """`27 Jan 2021 12:00 New York`."""
    local = moment.astimezone(NEW_YORK)
    return f"{day(local)} {local:%H:%M} New York"


def sortable(moment: datetime) -> str:
    """UTC with microseconds, always: sorts as text the way it sorts in time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
