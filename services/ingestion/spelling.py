"""How people write symbols and companies' names, and what each spelling needs before it means the company."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Needs = Literal["", "near", "beside", "mark"]
How = Literal["symbol", "name", "listing"]
NEEDS: tuple[Needs, ...] = ("", "near", "beside", "mark")
_STRICTER: Mapping[Needs, Needs] = {"": "near", "near": "beside", "beside": "mark", "mark": "mark"}
_SIGNS = (".", "-", "/", "")


@dataclass(frozen=True, slots=True)
class Word:
    """A symbol or name that is also an English word, an acronym or slang.

    What it needs before it means a company, from least to most: nothing (""), finance near it, a word such as
    "shares" beside it, or a mark (cashtag, exchange, option contract). It means something else before the
    words of `not_before` ("Target price") and, without such a word or mark, after those of `not_after`.
    """

    needs: Needs
    not_before: frozenset[str] = frozenset()
    not_after: frozenset[str] = frozenset()


PLAIN = Word("")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a symbol or a company's name; or a word that introduces a symbol ("NYSE")."""

    phrase: str
    symbol: str
    how: How
    word: Word = PLAIN


def symbol_spellings(symbol: str) -> tuple[str, ...]:
    """BRK.B is BRK-B, BRK/B and BRKB too."""
    base, dot, share = symbol.partition(".")
    return tuple(f"{base}{sign}{share}" for sign in _SIGNS) if dot else (symbol,)


def name_spellings(alias: str, words: Mapping[str, Word]) -> dict[str, Word]:
    """A name as written, as people capitalise it, shouted, and in lower case, where it needs one thing more.

    What is given in lower case, such as gme, is besides only spelt as a sentence begins with it.
    """
    word = words.get(alias, PLAIN)
    if alias.islower():
        return dict.fromkeys((alias, alias.capitalize()), word)
    lower = words.get(alias.lower()) or replace(word, needs=_STRICTER[word.needs])
    quiet = {} if lower.needs == "mark" else {alias.lower(): lower}
    return quiet | dict.fromkeys((alias, _capitalised(alias), alias.upper()), word)


def _capitalised(alias: str) -> str:
    """GameStop as people write it: Gamestop."""
    if not alias.replace(" ", "").isalpha():
        return alias
    return " ".join(word[:1].upper() + word[1:].lower() for word in alias.split(" "))
