import csv
import re
from pathlib import Path

import pytest

from services.ingestion.universe import load_universe
from tools.symbols.build_universe import changed

INGESTION = Path(__file__).parents[3] / "services" / "ingestion"
UNIVERSE = load_universe()
SYMBOLS = set(UNIVERSE.symbols.values())


def table(name: str) -> list[dict[str, str]]:
    with (INGESTION / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_the_universe_is_of_the_size_of_the_market() -> None:
    assert 7_000 <= len(SYMBOLS) <= 11_000


def test_every_symbol_is_canonical() -> None:
    assert not [symbol for symbol in SYMBOLS if not re.fullmatch(r"[A-Z]{1,6}(\.[A-Z])?", symbol)]


def test_a_share_class_is_known_by_every_way_to_write_it() -> None:
    assert {UNIVERSE.symbols[said] for said in ("BRK.B", "BRK-B", "BRK/B", "BRKB")} == {"BRK.B"}


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


def test_whoever_changed_symbols_is_known_under_both() -> None:
    assert not UNIVERSE.renames.symbols - SYMBOLS


def test_a_name_belongs_to_one_symbol() -> None:
    owners: dict[str, set[str]] = {}
    for row in table("symbols.csv"):
        for alias in filter(None, row["aliases"].split("|")):
            owners.setdefault(alias.lower(), set()).add(row["symbol"])
    assert not {alias: symbols for alias, symbols in owners.items() if len(symbols) > 1}


def test_every_word_is_a_symbol_or_a_name() -> None:
    names = {alias for row in table("symbols.csv") for alias in row["aliases"].split("|")}
    lower = {name.lower() for name in names}
    assert not {row["word"] for row in table("words.csv")} - UNIVERSE.symbols.keys() - names - lower


def test_no_word_is_listed_twice() -> None:
    words = [row["word"] for row in table("words.csv")]
    assert len(words) == len(set(words))


def test_no_symbol_is_listed_twice() -> None:
    symbols = [row["symbol"] for row in table("symbols.csv")]
    assert len(symbols) == len(set(symbols))


def test_an_unknown_need_is_refused(tmp_path: Path) -> None:
    (tmp_path / "symbols.csv").write_text("symbol,name,aliases,kind\n")
    (tmp_path / "words.csv").write_text("word,needs,not_before,not_after\nGO,luck,,\n")
    with pytest.raises(ValueError, match="unknown need 'luck' of GO"):
        load_universe(tmp_path)


def test_a_new_build_tells_what_a_person_has_to_look_at() -> None:
    before = {"FB": "Meta Platforms", "WORK": "Slack", "LB": "L Brands", "GME": "GameStop"}
    after = {"META": "Meta Platforms", "LB": "LandBridge", "GME": "GameStop"}
    assert list(changed(before, after)) == [
        "3 symbols, 1 new, 2 gone",
        "FB, Meta Platforms: renamed META?",
        "WORK, Slack: gone",
        "LB: was L Brands, is LandBridge; another company?",
    ]
