"""The tickers a post can mean: symbols, the names companies go by, and the words among them."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Needs = Literal["", "near", "beside", "mark"]
NEEDS: tuple[Needs, ...] = ("", "near", "beside", "mark")

EXCHANGES = frozenset(("NYSE", "NYSEARCA", "NASDAQ", "Nasdaq", "AMEX", "OTC", "OTCMKTS", "Ticker", "TICKER"))
TOKEN = re.compile(r"[A-Z][A-Za-z]*")


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
class Name:
    """One spelling of a company's name."""

    phrase: str
    symbol: str
    word: Word


@dataclass(frozen=True)
class Universe:
    """Read-only. `tokens` are the capitalised words that call for a closer look; `names` is by these."""

    symbols: Mapping[str, str]
    words: Mapping[str, Word]
    names: Mapping[str, tuple[Name, ...]]
    renames: Mapping[str, str]
    tokens: frozenset[str]

    def word(self, symbol: str) -> Word:
        return self.words.get(symbol, PLAIN)

    def tickerlike(self, capitals: str) -> bool:
        """Whether a word in capitals is rather a ticker than a word shouted."""
        return capitals in self.symbols and self.word(capitals).needs in ("", "near")


def load_universe(folder: Path = Path(__file__).parent) -> Universe:
    """Read symbols.csv, words.csv and renames.csv of a folder."""
    words = {row["word"]: _word(row) for row in _rows(folder / "words.csv")}
    rows = list(_rows(folder / "symbols.csv"))
    symbols = {row["symbol"]: row["name"] for row in rows}
    names = _by_token(_spellings(rows, symbols, words))
    bases = {symbol.partition(".")[0] for symbol in symbols} - {"A", "I"}
    renames = {row["old"]: row["new"] for row in _rows(folder / "renames.csv")}
    return Universe(symbols, words, names, renames, EXCHANGES | bases | names.keys())


def _spellings(
    rows: Iterable[Mapping[str, str]], symbols: Mapping[str, str], words: Mapping[str, Word]
) -> list[Name]:
    return [
        Name(phrase, row["symbol"], words.get(alias, PLAIN))
        for row in rows
        for alias in filter(None, row["aliases"].split("|"))
        for phrase in {alias, _capitalised(alias), alias.upper()}
        if phrase not in symbols
    ]


def _by_token(names: Iterable[Name]) -> dict[str, tuple[Name, ...]]:
    """The token that fewest names share calls for the fewest vain looks: Solar in First Solar."""
    tokens = [(name, TOKEN.findall(name.phrase)) for name in names]
    shared = Counter(token for _, said in tokens for token in said)
    found = defaultdict(list)
    for name, said in tokens:
        found[min(said, key=lambda token: (len(token) < 4, shared[token], -len(token)))].append(name)
    return {token: tuple(named) for token, named in found.items()}


def _capitalised(alias: str) -> str:
    """GameStop as people write it: Gamestop."""
    if not alias.replace(" ", "").isalpha():
        return alias
    return " ".join(word[:1].upper() + word[1:].lower() for word in alias.split(" "))


def _word(row: Mapping[str, str]) -> Word:
    needs = next((known for known in NEEDS if known == row["needs"]), None)
    if needs is None:
        raise ValueError(f"words.csv: unknown need {row['needs']!r} of {row['word']}")
    before, after = (frozenset(filter(None, row[side].split("|"))) for side in ("not_before", "not_after"))
    return Word(needs, before, after)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
