"""Figures, moments and spans as a user's locale writes them, by CLDR; the words around them stay English."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from services.notifications import figures
from services.notifications.figures import NEW_YORK, parts_of, rounded
from services.notifications.locales import HOUSE, is_known, language

if TYPE_CHECKING:
    from babel import Locale


class Figures(Protocol):
    """What `figures` promises, in some locale."""

    def number(self, value: Decimal, places: int) -> str: ...

    def signed(self, value: Decimal, places: int) -> str: ...

    def percent(self, value: Decimal) -> str: ...

    def share(self, value: Decimal, places: int = 0) -> str: ...

    def money(self, value: Decimal) -> str: ...

    def line(self, threshold: Decimal) -> str: ...

    def limit(self, threshold: Decimal) -> str: ...

    def count(self, how_many: int, thing: str) -> str: ...

    def span(self, duration: str) -> str: ...

    def day(self, when: date) -> str: ...

    def clock(self, moment: datetime) -> str: ...


HOUSE_FIGURES = cast(Figures, figures)
"""The product's own notation, for en-US and wherever nothing else is known."""


_AT_HOME = {"en", HOUSE.lower()}


@lru_cache(maxsize=64)
def figures_for(locale: str) -> Figures:
    """How *locale*, a BCP 47 tag, writes figures; a region CLDR does not know as its language does, and a
    language that is not ours as at home."""
    if locale.replace("_", "-").lower() in _AT_HOME or not is_known(locale):
        return HOUSE_FIGURES
    from babel import Locale, UnknownLocaleError  # here: most users need none of it

    for tag in (locale.replace("_", "-"), language(locale)):
        try:
            return Localised(Locale.parse(tag, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return HOUSE_FIGURES


@dataclass(frozen=True)
class Localised:
    """`figures` by CLDR: its separators, the places of its signs, its dates."""

    locale: "Locale"

    def number(self, value: Decimal, places: int) -> str:
        from babel.numbers import format_decimal

        pattern = _with_places(self.locale.decimal_formats[None].pattern, places)
        return format_decimal(abs(rounded(value, places)), pattern, self.locale)

    def signed(self, value: Decimal, places: int) -> str:
        return figures.sign(value, places) + self.number(value, places)

    def percent(self, value: Decimal) -> str:
        return figures.sign(value, 1) + self._percent(value, 1)

    def share(self, value: Decimal, places: int = 0) -> str:
        least = Decimal(1).scaleb(-places)
        if 0 < value * 100 < least / 2:
            return f"under {self._percent(least, places)}"
        return self._percent(value * 100, places)

    def money(self, value: Decimal) -> str:
        from babel.numbers import format_currency

        places = figures.cents(value)
        pattern = _with_places(self.locale.currency_formats["standard"].pattern, places)
        return format_currency(rounded(value, places), "USD", pattern, self.locale, currency_digits=False)

    def line(self, threshold: Decimal) -> str:
        from babel.numbers import format_decimal

        return format_decimal(threshold, "0.######", self.locale)

    def limit(self, threshold: Decimal) -> str:
        from babel.numbers import format_percent

        pattern = re.sub("[#,]*0", "0.######", self.locale.percent_formats[None].pattern)
        return format_percent(threshold / 100, pattern, self.locale)

    def count(self, how_many: int, thing: str) -> str:
        return f"{self.number(Decimal(how_many), 0)} {figures.named(how_many, thing)}"

    def span(self, duration: str) -> str:
        found = parts_of(duration)
        return self.count(*found) if found else duration

    def day(self, when: date) -> str:
        from babel.dates import format_date

        return format_date(when, "medium", self.locale)

    def clock(self, moment: datetime) -> str:
        from babel.dates import format_time

        local = moment.astimezone(NEW_YORK).replace(tzinfo=None)
        return f"{self.day(local)} {format_time(local, 'short', locale=self.locale)} New York"

    def _percent(self, value: Decimal, places: int) -> str:
        from babel.numbers import format_percent

        pattern = _with_places(self.locale.percent_formats[None].pattern, places)
        return format_percent(abs(rounded(value, places)) / 100, pattern, self.locale)


def _with_places(pattern: str, places: int) -> str:
    """A CLDR pattern with so many digits after its point: `#,##0.###` with 1 is `#,##0.0`."""
    whole, _, rest = pattern.partition("0")
    after = rest.lstrip(".0#")
    return f"{whole}0{'.' + '0' * places if places else ''}{after.partition(';')[0]}"
