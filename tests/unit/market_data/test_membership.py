from datetime import date

import pytest

from services.market_data.membership import Member, Universe, load_universe
from tools.universe.build_members import members

MAY, JULY, NEXT = date(2026, 5, 4), date(2026, 7, 17), date(2026, 10, 1)


def test_membership_is_of_a_day() -> None:
    universe = load_universe()
    may, july = universe.on(MAY), universe.on(JULY)
    assert (len(may), len(july)) == (1003, 1023)
    assert "WEN" in may
    assert "WEN" not in july
    assert "CRWV" in july
    assert "CRWV" not in may


def test_before_the_first_list_nobody_is_known_to_belong() -> None:
    assert load_universe().known_from == MAY
    assert load_universe().on(date(2021, 1, 27)) == []


def test_a_renamed_company_is_one_company() -> None:
    universe = load_universe()
    assert "BK" in universe.on(MAY)
    assert "BNY" in universe.on(JULY)
    assert "BK" not in universe.on(JULY)
    assert universe.known_as("BNY", MAY) == "BK"
    assert universe.known_as("BNY", JULY) == "BNY"
    assert universe.known_as("CRWV", MAY) == "CRWV"


def test_share_classes_are_spelt_as_tickers_are() -> None:
    assert {"BRK.B", "BF.A", "BF.B", "LEN.B", "FOXA", "GOOGL"} <= set(load_universe().on(JULY))


@pytest.mark.parametrize("day", [MAY, JULY])
def test_every_symbol_is_listed_once_a_day(day: date) -> None:
    found = load_universe().on(day)
    assert len(found) == len(set(found))


def test_who_leaves_and_comes_back_has_two_times() -> None:
    states = {MAY: {"A": "Alpha"}, JULY: {"B": "Beta"}, NEXT: {"A": "Alpha", "B": "Beta"}}
    universe = Universe(tuple(Member(m.symbol, m.since, m.until, m.was or None) for m in members(states)))
    assert [universe.on(day) for day in states] == [["A"], ["B"], ["A", "B"]]


def test_a_new_symbol_under_a_name_that_left_is_a_renaming() -> None:
    states = {MAY: {"FB": "Facebook", "X": "Steel"}, JULY: {"META": "Facebook", "X": "Steel", "Y": "Steel"}}
    assert [(m.symbol, m.was) for m in members(states) if m.since == JULY] == [("META", "FB"), ("Y", "")]
