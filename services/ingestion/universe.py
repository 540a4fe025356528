"""The tickers a post can mean: symbols, names of companies, the words among them, and what changed when."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.ingestion.renaming import Change, Renames
from services.ingestion.spelling import NEEDS, PLAIN, How, Spelling, Word, name_spellings, symbol_spellings
from services.ingestion.spotting import Spotter
from services.ingestion.surroundings import EXCHANGES, TICKER

# Alone, these are a word and an article; with a mark they are found by it.
_WORDS = ("A", "I")


@dataclass(frozen=True)
class Universe:
    """Read-only. `symbols` are by every way to write one, `words` by how they are spelt."""

    symbols: Mapping[str, str]
    words: Mapping[str, Word]
    renames: Renames
    spotter: Spotter

    def tickerlike(self, capitals: str) -> bool:
        """Whether a word in capitals is rather a ticker than a word shouted."""
        return capitals in self.symbols and self.words.get(capitals, PLAIN).needs in ("", "near")


def load_universe(folder: Path = Path(__file__).parent) -> Universe:
    """Read symbols.csv, words.csv and changes.csv of a folder."""
    rows = list(_rows(folder / "symbols.csv"))
    words = {row["word"]: _word(row) for row in _rows(folder / "words.csv")}
    symbols = _symbols(row["symbol"] for row in rows)
    names = {name.phrase: name for name in _names(rows, symbols, words) if name.phrase not in symbols}
    signs = [Spelling(said, "", "listing") for said in (*EXCHANGES, *TICKER)]
    spotter = Spotter([*_spelt(symbols, words), *names.values(), *signs])
    return Universe(symbols, words, Renames(map(_change, _rows(folder / "changes.csv"))), spotter)


def _symbols(symbols: Iterable[str]) -> dict[str, str]:
    """Symbols by their spellings; where one is another's symbol, it is that one."""
    own = {symbol: symbol for symbol in symbols}
    return {said: symbol for symbol in own for said in symbol_spellings(symbol)} | own


def _spelt(symbols: Mapping[str, str], words: Mapping[str, Word]) -> Iterator[Spelling]:
    for said, symbol in symbols.items():
        if said not in _WORDS:
            yield Spelling(said, symbol, "symbol", words.get(said, PLAIN))


def _names(
    rows: Iterable[Mapping[str, str]], symbols: Mapping[str, str], words: Mapping[str, Word]
) -> Iterator[Spelling]:
    """Names, and the symbols that people also write in lower case."""
    for row in rows:
        for alias in filter(None, row["aliases"].split("|")):
            how: How = "symbol" if alias.islower() and alias.upper() in symbols else "name"
            for phrase, word in name_spellings(alias, words).items():
                yield Spelling(phrase, row["symbol"], how, word)


def _word(row: Mapping[str, str]) -> Word:
    needs = next((known for known in NEEDS if known == row["needs"]), None)
    if needs is None:
        raise ValueError(f"words.csv: unknown need {row['needs']!r} of {row['word']}")
    before, after = (frozenset(filter(None, row[side].split("|"))) for side in ("not_before", "not_after"))
    return Word(needs, before, after)


def _change(row: Mapping[str, str]) -> Change:
    again = date.fromisoformat(row["again"]) if row["again"] else None
    return Change(row["old"], row["new"], date.fromisoformat(row["since"]), again)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
