import re

import pytest

from services.market_data.listings import Listing, load_listings, search


def listing(symbol: str, name: str) -> Listing:
    return Listing(symbol, name, "NYSE", "stock")


FOUND_BY = {  # in the order they are to be found in by "ab"
    "AB": "AllianceBernstein",
    "XYZ": "Ab",
    "ABC": "Cencora",
    "ZZ": "Abbott",
    "CAB": "Cabela",
    "C": "Grab",
}


def test_exact_comes_before_beginning_before_anywhere_and_symbols_before_names() -> None:
    listings = [listing(symbol, name) for symbol, name in reversed(FOUND_BY.items())]
    listings.append(listing("MSFT", "Microsoft"))
    assert [one.symbol for one in search("  aB ", listings, 10)] == list(FOUND_BY)
    assert [one.symbol for one in search("ab", listings, 2)] == ["AB", "XYZ"]


def test_among_equals_the_listings_decide() -> None:
    pair = [listing("GOOGL", "Alphabet"), listing("GOOG", "Alphabet")]
    assert search("alphabet", pair, 2) == pair
    assert search("alphabet", pair[::-1], 2) == pair[::-1]


@pytest.mark.parametrize(
    ("query", "first"),
    [("gme", "GME"), ("gamestop", "GME"), ("app", "APP"), ("spy", "SPY"), ("berkshire h", "BRK.B")],
)
def test_what_people_look_for_is_first(query: str, first: str) -> None:
    assert search(query, load_listings(), 1)[0].symbol == first


def test_nothing_matches_nothing() -> None:
    assert search("no such company anywhere", load_listings(), 10) == []


def test_every_listing_is_a_symbol_once_with_a_name_and_a_kind() -> None:
    listings = load_listings()
    assert len({one.symbol for one in listings}) == len(listings) >= 6000
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]{0,5}(\.[A-Z]{1,2})?", one.symbol) for one in listings)
    assert all(one.name and one.kind in ("stock", "fund", "gone") for one in listings)
    assert {one.exchange for one in listings} == {"", "NASDAQ", "NYSE", "NYSE American"}
