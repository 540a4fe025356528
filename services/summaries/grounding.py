"""The gate for written text: every number, date, percentage and ticker must be one of the facts."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import partial

Match = re.Match[str]


@dataclass(frozen=True)
class Facts:
    """What a text may rest on. Percentages in per cent, prices in dollars, scores −1…1."""

    tickers: frozenset[str] = frozenset()
    dates: frozenset[date] = frozenset()
    times: frozenset[time] = frozenset()
    counts: frozenset[int] = frozenset()
    scores: frozenset[Decimal] = frozenset()
    prices: frozenset[Decimal] = frozenset()
    percents: frozenset[Decimal] = frozenset()


Rule = Callable[[Match, Facts], bool]


def ungrounded(text: str, facts: Facts) -> list[str]:
    """What the text says beyond the facts, as it says it and in its order; empty when all is found.

    A number may be rounded to the places it shows, and stand in thousands, millions or cents. A signed or
    directed percentage ("up", "fell") must have the sign of its fact. "Yesterday" and "next week" have no
    fact and never pass, nor do vague amounts ("dozens", "half").
    """
    rest = _plain(text)
    found: list[tuple[int, str]] = []

    def check(grounded: Rule, match: Match) -> str:
        if not grounded(match, facts):
            found.append((match.start(), match.group().strip()))
        return " " * len(match.group())  # seen; the rules below read on as if it were not there

    for pattern, grounded in _RULES:
        rest = pattern.sub(partial(check, grounded), rest)
    return [said for _, said in sorted(found)]


def _plain(text: str) -> str:
    """One way to write each digit and sign, and nothing invisible between them."""
    shown = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(shown).replace("−", "-")


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\b", r"(?:,?\s+(?P<year>\d{4}))"
_DATES = (
    r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b",
    r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}))?\b",
    rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}?",
    rf"\b{_MONTH}\s*{_DAY}{_YEAR}?",
    rf"\b{_MONTH}{_YEAR}",
    rf"\b(?:in|of|since|until|by|before|after)\s+{_MONTH}",
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RELATIVE = (
    r"\b(?:(?:next|last|this|coming|past|previous|recent)\s+(?:few\s+)?"
    rf"(?:sessions?|days?|weeks?|weekends?|months?|quarters?|years?|{'|'.join(_WEEKDAYS)})"
    r"|yesterday|today|tonight|tomorrow)\b"
)


def _date(match: Match, facts: Facts) -> bool:
    said = match.groupdict()
    return any(
        _month(said["month"]) == day.month
        and int(said.get("day") or day.day) == day.day
        and int(said.get("year") or day.year) == day.year
        for day in facts.dates
    )


def _month(said: str) -> int:
    return int(said) if said.isdigit() else _MONTHS.index(said[:3].lower()) + 1


def _weekday(match: Match, facts: Facts) -> bool:
    return any(_WEEKDAYS[day.weekday()] == match.group().lower() for day in facts.dates)


def _time(match: Match, facts: Facts) -> bool:
    said = match.groupdict()
    hour = int(said["hour"])
    if half := said.get("half"):
        hour = hour % 12 + 12 * (half.lower() == "p")
    return any((hour, int(said.get("minute") or 0)) == (at.hour, at.minute) for at in facts.times)


def _ticker(match: Match, facts: Facts) -> bool:
    said = match.group()
    return said.removeprefix("$").upper() in facts.tickers or said in ("A", "I")


def _never(match: Match, facts: Facts) -> bool:
    return False


_PER_CENT = r"%|percent(?:age points?)?|per cent|pct"
_NUMBER = (
    r"(?:\b(?:(?P<up>up|rose|gained|climbed|jumped|surged|added)|(?P<down>down|fell|lost|dropped|plunged|slid))"
    r"\s+(?:by\s+)?)?"
    r"(?<![\w.])(?<!\d,)(?P<sign>[+-])?(?P<currency>[$€£¥₿])?(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
    rf"(?:\s?(?:(?P<per_cent>{_PER_CENT})|(?P<unit>thousand|million|billion|dollars?|cents?|[km]|mn|bn))(?!\w))?"
    r"(?![\w%‰]|,\d)"
)
_SCALES = {
    "k": 3,
    "thousand": 3,
    "m": 6,
    "mn": 6,
    "million": 6,
    "bn": 9,
    "billion": 9,
    "cent": -2,
    "cents": -2,
}
_MONEY = ("dollar", "dollars", "cent", "cents")


def _number(match: Match, facts: Facts) -> bool:
    unit = (match["unit"] or "").lower()
    scale = Decimal(10) ** _SCALES.get(unit, 0)
    digits = match["digits"].replace(",", "")
    off = scale * Decimal(10) ** -len(digits.partition(".")[2]) / 2
    stated = Decimal(digits) * scale * (-1 if match["sign"] == "-" or match["down"] else 1)
    directed = bool(match["up"] or match["down"])
    if match["per_cent"]:
        signed = directed or match["sign"]
        return any(abs(stated - (known if signed else abs(known))) <= off for known in facts.percents)
    if directed:
        return False  # moves are known in per cent only
    if match["currency"] or unit in _MONEY:
        dollars = match["currency"] in (None, "$")
        return dollars and any(abs(stated - price) <= off for price in facts.prices)
    return _bare(stated, off, digits, bool(unit), facts)


def _bare(stated: Decimal, off: Decimal, digits: str, scaled: bool, facts: Facts) -> bool:
    """A count as it is, or in thousands; a score, rounded unless it is shown whole; the year of a date."""
    if stated in facts.counts or stated in facts.scores or digits in {str(day.year) for day in facts.dates}:
        return True
    if scaled:
        return any(abs(stated - count) <= off for count in facts.counts)
    return "." in digits and any(abs(stated - score) <= off for score in facts.scores)


_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = [f"{stem}teen" for stem in ("thir", "four", "fif", "six", "seven", "eigh", "nine")]
_TENS = [f"{stem}ty" for stem in ("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine")]
_WORDS = {word: value for value, word in enumerate(["zero", *_ONES, "ten", "eleven", "twelve", *_TEENS])} | {
    word: 10 * tens for tens, word in enumerate(_TENS, start=2)
}
_SPELLED = (
    rf"\b(?P<words>(?:{'|'.join(_TENS)})[\s-](?:{'|'.join(_ONES)})|{'|'.join(_WORDS)})"
    rf"\b(?P<per_cent>\s+(?:{_PER_CENT}))?"
)
_VAGUE = (
    r"\b(?:hundreds?|thousands?|millions?|billions?|dozens?|thirds?|quarters?|half|halves|halved|twice"
    r"|doubl(?:e|es|ed|ing)|tripl(?:e|es|ed|ing)|quadrupl(?:e|es|ed|ing)|\w+fold)\b"
)


def _spelled(match: Match, facts: Facts) -> bool:
    value = sum(_WORDS[word] for word in re.split(r"[\s-]", match["words"].lower()))
    return value in (facts.percents if match["per_cent"] else facts.counts)


_RULES: tuple[tuple[re.Pattern[str], Rule], ...] = tuple(
    (re.compile(pattern, flags), rule)
    for pattern, flags, rule in (
        *((pattern, re.IGNORECASE, _date) for pattern in _DATES),
        (_RELATIVE, re.IGNORECASE, _never),
        (rf"\b(?:{'|'.join(_WEEKDAYS)})\b", re.IGNORECASE, _weekday),
        (r"\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?:\s*(?P<half>[ap])\.?m\b)?", re.IGNORECASE, _time),
        (r"\b(?P<hour>\d{1,2})\s*(?P<half>[ap])\.?m\b", re.IGNORECASE, _time),
        (r"\$[A-Za-z][A-Za-z0-9]{0,5}(?:\.[A-Za-z]{1,2})?(?!\w)", re.NOFLAG, _ticker),
        (r"(?<![\w.])[A-Z][A-Z0-9]{0,5}(?:\.[A-Z]{1,2})?(?!\w)", re.NOFLAG, _ticker),
        (_NUMBER, re.IGNORECASE, _number),
        (r"(?<!\S)\S*\d\S*", re.NOFLAG, _never),  # what no rule could read: "10x", "v2"
        (_SPELLED, re.IGNORECASE, _spelled),
        (_VAGUE, re.IGNORECASE, _never),
    )
)
