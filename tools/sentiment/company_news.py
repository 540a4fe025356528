"""Sentences as companies' releases have them, written out from patterns of our own.

A line of `company_news.txt` is a label (+, = or -) and a pattern: `[a|b]` is one of several wordings,
`{slot}` a figure or an entry of one of the lists, which the lines with @ give. Of two figures of one sentence
`{lo}` is the smaller and `{hi}` the larger, in one currency and spelling.
"""

import re
from functools import cache
from pathlib import Path
from random import Random

from services.sentiment.scoring import Label

PATTERNS = Path(__file__).parent / "company_news.txt"
LABEL_OF: dict[str, Label] = {"-": "negative", "=": "neutral", "+": "positive"}
COPIES: dict[Label, int] = {"negative": 8, "neutral": 14, "positive": 8}
"""Sentences a pattern, so that half are neutral, as in companies' news."""

_MONEY = (
    *("EUR {} mn", "EUR {} million", "EUR{}m", "€{} million", "{} million euros", "SEK {} million"),
    *("NOK {}mn", "DKK {} mn", "USD {} mn", "${} million", "GBP {}m", "{} mln euro"),
)
_PERCENT = ("{} %", "{}%", "{} percent", "{} per cent", "{} pct")
_HEADS = (7, 12, 25, 40, 85, 130, 200, 360, 700, 1200, 5400)
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_ALIKE = {"co2": "co", "thing2": "thing"}


def patterns() -> list[tuple[Label, str]]:
    """Each label and its pattern, in the order of the file."""
    return [(LABEL_OF[line[0]], line[2:]) for line in _lines() if line[0] in LABEL_OF]


def written(pattern: str, copies: int) -> list[str]:
    """At most *copies* different sentences of one pattern; the same each time."""
    dice = Random(pattern)  # noqa: S311 - a lottery, not a secret
    return list(dict.fromkeys(sentence(pattern, dice) for _ in range(copies)))


def sentence(pattern: str, dice: Random) -> str:
    """One sentence of a pattern, punctuated as agencies or as tokenised text have it."""
    while _CHOICE.search(pattern):
        pattern = _CHOICE.sub(lambda choice: dice.choice(choice[1].split("|")), pattern)
    filled = _filled(pattern, dice)
    filled = re.sub(r" +([.,])", r"\1", filled) if dice.random() < 0.6 else filled
    filled = re.sub(r"\ba (?=[aeiou])", "an ", f"{filled[0].upper()}{filled[1:]}")
    return " ".join(filled.split()) + dice.choice((".", " .", "."))


def _lines() -> list[str]:
    return PATTERNS.read_text(encoding="utf-8").splitlines()


@cache
def _lists() -> dict[str, list[str]]:
    named = (line[2:].partition(": ") for line in _lines() if line[0] == "@")
    lists = {name: entries.split("; ") for name, _, entries in named}
    return lists | {"co": [f"{stem} {form}".strip() for stem in lists["stem"] for form in lists["form"]]}


def _filled(pattern: str, dice: Random) -> str:
    figures = _figures(dice)
    taken: dict[str, str] = {}

    def value(slot: re.Match[str]) -> str:
        if (name := slot[1]) not in taken:
            free = [x for x in _lists().get(_ALIKE.get(name, name), ()) if x not in taken.values()]
            taken[name] = dice.choice(free) if free else figures[name]
        return taken[name]

    return _SLOT.sub(value, pattern)


def _figures(dice: Random) -> dict[str, str]:
    scale = dice.choice((1, 10, 100, 1000))
    low = dice.uniform(0.3, 6) * scale
    high = low * dice.choice((dice.uniform(1.03, 1.3), dice.uniform(1.2, 3)))
    money = dice.choice(_MONEY)
    places = 0 if low > 300 else dice.choice((1, 1, 2) if low < 20 else (0, 1))
    per_share = dice.uniform(0.05, 9)
    share = dice.uniform(2, 30)
    percent = dice.choice(_PERCENT)
    return {
        "lo": money.format(_figure(low, places)),
        "hi": money.format(_figure(high + 10**-places, places)),
        "elo": _figure(per_share, 2),
        "ehi": _figure(per_share * 1.2 + 0.02, 2),
        "plo": _figure(share, 1),
        "phi": _figure(share * 1.3 + 0.2, 1),
        "pct": percent.format(_figure(dice.uniform(1, 45), dice.choice((0, 1)))),
        "pct2": percent.format(_figure(dice.uniform(1, 45), 1)),
        "n1": str(dice.randint(2, 9)),
        "headcount": f"{dice.choice(_HEADS):,}",
        "area": f"{dice.randint(2, 60) * 1000 + 200:,}",
        "shares": f"{dice.randint(20, 9000) * 100:,}",
        "year": str(dice.randint(2006, 2014)),
        "oldyear": str(dice.randint(1889, 2003)),
        "date": f"{dice.randint(1, 28)} {dice.choice(_lists()['month'])} {dice.randint(2006, 2014)}",
    }


def _figure(value: float, places: int) -> str:
    return f"{value:,.{places}f}"
