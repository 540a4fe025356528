import csv
import re
from pathlib import Path

import pytest

from services.ingestion.universe import load_universe

INGESTION = Path(__file__).parents[3] / "services" / "ingestion"
UNIVERSE = load_universe()


def test_the_universe_is_of_the_size_of_the_market() -> None:
    assert 7_000 <= len(UNIVERSE.symbols) <= 11_000


def test_every_symbol_is_canonical() -> None:
    assert not [symbol for symbol in UNIVERSE.symbols if not re.fullmatch(r"[A-Z]{1,6}(\.[A-Z])?", symbol)]


@pytest.mark.parametrize(
    "symbols",
    [
        "GME AMC BB NOK BBBY PLTR TWTR FB NAKD EXPR KOSS TLRY APHA SNDL NIO SPCE WISH CLOV RKT SDC",
        "SPY QQQ IWM ARKK TQQQ SQQQ VTI VOO VXX UVXY GLD SLV TLT USO",
        "AAPL MSFT AMZN GOOG GOOGL META TSLA NVDA AMD BRK.A BRK.B BF.B",
        "AMC AMD AMZN BB CHPT CLF CLOV FB GME HOOD HUT LCID MARA NEGG NIO NVDA PLTR PTON PYPL QQQ RBLX RIOT",
    ],
)
def test_what_people_talk_about_is_in_it(symbols: str) -> None:
    assert not set(symbols.split()) - UNIVERSE.symbols.keys()


def test_a_renamed_symbol_is_known_under_both_names() -> None:
    assert UNIVERSE.renames["FB"] == "META"
    assert not {*UNIVERSE.renames, *UNIVERSE.renames.values()} - UNIVERSE.symbols.keys()


def test_a_name_belongs_to_one_symbol() -> None:
    owners: dict[str, set[str]] = {}
    for names in UNIVERSE.names.values():
        for name in names:
            owners.setdefault(name.phrase, set()).add(name.symbol)
    assert not {phrase: symbols for phrase, symbols in owners.items() if len(symbols) > 1}


def test_every_word_is_a_symbol_or_a_name() -> None:
    phrases = {name.phrase for names in UNIVERSE.names.values() for name in names}
    assert not UNIVERSE.words.keys() - UNIVERSE.symbols.keys() - phrases


def test_a_name_is_found_by_a_token_of_it() -> None:
    assert all(token in name.phrase for token, names in UNIVERSE.names.items() for name in names)
    assert not UNIVERSE.names.keys() - UNIVERSE.tokens


def test_no_symbol_is_listed_twice() -> None:
    with (INGESTION / "symbols.csv").open(newline="", encoding="utf-8") as lines:
        symbols = [row["symbol"] for row in csv.DictReader(lines)]
    assert len(symbols) == len(set(symbols))


def test_an_unknown_need_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.csv").write_text("word,needs,not_before,not_after\nGO,luck,,\n")
    with pytest.raises(ValueError, match="unknown need 'luck' of GO"):
        load_universe(tmp_path)
