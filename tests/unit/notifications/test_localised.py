"""Figures as the reader's locale writes them; the words around them stay English."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.notifications.correcting import correction
from services.notifications.locales import LANGUAGES, is_known
from services.notifications.localised import HOUSE_FIGURES, Localised, figures_for
from services.notifications.rules import Fallen
from services.notifications.wording import Message, daily_summary, write
from tests.builders import a_correction, a_forecast, a_quote, a_shift, a_summary
from tests.unit.notifications.fakes import a_rule

GERMAN = figures_for("de-DE")
FALLEN = Fallen(
    "GME",
    date(2021, 2, 4),
    Decimal("1053.5"),
    Decimal(3470),
    date(2021, 1, 27),
    Decimal("-84.6"),
    1180,
    "close",
)
SURE = {"accuracy": "0.53", "accuracy_low": "0.49", "accuracy_high": "0.57", "baseline": "0.52"}
FORECAST = a_forecast(edge=True, direction="up", reference_close="1347.5", samples=1600, **SURE)


def soft(text: str) -> str:
    """Hard spaces made soft, as every channel makes them."""
    return " ".join(text.split())


def words(message: Message) -> str:
    return soft("\n".join((message.title, *message.paragraphs)))


@pytest.mark.parametrize(
    ("kind", "threshold", "event", "english", "german"),
    [
        ("price_move", "2.5", a_quote(price="1347.51"), "+134.8 % your ±2.5 % $1,347.51 27 Jan 2021 12:00",
         "+134,8 % your ±2,5 % 1.347,51 $ 27.01.2021 12:00"),
        ("price_level", "300", a_quote(), "$347.51 your $300.00", "347,51 $ your 300,00 $"),
        ("sentiment_shift", "0.3", a_shift(mentions=1042), "±0.3 +0.52 1,042", "±0,3 +0,52 1.042"),
        ("mention_surge", "2.5", a_shift(mentions=1042), "2.5 × 1,042 8.5 12 %", "2,5 × 1.042 8,5 12 %"),
        ("drawdown", "50.5", FALLEN, "−84.6 % −50.5 % $1,053.50 1,180 4 Feb 2021",
         "−84,6 % −50,5 % 1.053,50 $ 1.180 04.02.2021"),
        ("direction", None, FORECAST, "$1,347.50 1,600 49.0 % 95 %", "1.347,50 $ 1.600 49,0 % 95 %"),
    ],
)  # fmt: skip
def test_each_kind_is_written_in_both(
    kind: str, threshold: str | None, event: Any, english: str, german: str
) -> None:
    rule = a_rule(kind, threshold)
    for figures, expected in ((HOUSE_FIGURES, english), (GERMAN, german)):
        found = words(write(rule, event, figures))
        assert [part for part in _parts(expected) if part not in found] == [], found


def _parts(expected: str) -> list[str]:
    """The figures in a row of them, each with what belongs behind it."""
    return [part.replace("_", " ") for part in re.sub(r" (?=[%$×](?: |$))", "_", expected).split(" ")]


def test_a_day_and_a_correction_are_written_in_both() -> None:
    day = a_summary()
    assert "27 Jan 2021" in words(daily_summary(day, day.tickers))
    told = words(daily_summary(day, day.tickers, GERMAN))
    assert told.startswith("27.01.2021: GME")
    assert "+134,8 %, closed at 347,51 $" in told
    assert "at $151.20, +2.2 %" in correction(a_correction())
    assert "at 151,20 $, +2,2 %" in soft(correction(a_correction(), GERMAN))


@pytest.mark.parametrize("locale", ["en-US", "en", "en_us", "xx", "", "tlh-KX", "../../en", "x" * 35])
def test_who_names_no_locale_or_an_unknown_one_reads_what_is_written_at_home(locale: str) -> None:
    assert figures_for(locale) is HOUSE_FIGURES


def test_a_region_that_is_not_known_is_written_as_its_language_is() -> None:
    for locale in ("de", "de-US", "DE", "de-DE-u-co-phonebk"):
        assert figures_for(locale).number(Decimal("1234.5"), 1) == "1.234,5", locale
    assert not is_known("sr-Latn")


@pytest.mark.parametrize("locale", sorted(LANGUAGES - {"en"}))
def test_every_language_writes_every_figure(locale: str) -> None:
    say, noon = figures_for(locale), datetime(2021, 1, 27, 17, tzinfo=UTC)
    assert isinstance(say, Localised)
    assert say.signed(Decimal("-0.04"), 1)[0] == "0", "no sign where nothing is left"
    told = [say.money(Decimal("0.0123")), say.share(Decimal("0.0001"), 1), say.limit(Decimal("2.5"))]
    assert [figure for figure in told if not any(sign.isdigit() for sign in figure)] == []
    assert "0123" in told[0]
    assert say.span("PT6H") == "6 hours"
    assert say.span("P1W") == "P1W"
    assert "2021" in say.clock(noon)
    assert say.line(Decimal("2.50"))[0:3:2] == "25"
