import random
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingestion.linking import link, unknown_cashtags, whole
from services.ingestion.universe import load_universe

UNIVERSE = load_universe()
SYMBOLS = sorted(set(UNIVERSE.symbols.values()))
PLAIN = [
    symbol
    for symbol in SYMBOLS
    if len(symbol) >= 3 and symbol not in UNIVERSE.words and symbol not in UNIVERSE.renames.symbols
]
SHARDS = st.sampled_from(
    [
        "$",
        "`",
        "@",
        "r/",
        "u/",
        "https://",
        "www.",
        "](",
        "[",
        ")",
        "(",
        "'s",
        "’s",
        "-",
        ".",
        "/",
        "&",
        "_",
        "\n",
    ]
)
POSTS = st.lists(
    st.one_of(
        st.sampled_from(SYMBOLS),
        st.sampled_from(["Apple", "GameStop", "Target", "calls", "shares of", "60c 2/19", "NYSE: ", " "]),
        SHARDS,
        st.text(max_size=8),
    ),
    max_size=30,
).map("".join)


@given(st.text(max_size=60), POSTS)
@settings(max_examples=300, deadline=None)
def test_every_link_lies_in_the_post_and_says_its_ticker(title: str, text: str) -> None:
    post = whole(title, text)
    for found in link(title, text, UNIVERSE):
        said = post[found.start : found.end]
        assert 0 <= found.start < found.end <= len(post)
        assert 0 < found.confidence <= 1
        assert found.symbol in SYMBOLS
        if found.how != "name":
            letters = UNIVERSE.symbols[said.removeprefix("$").upper()]
            assert found.symbol in (letters, UNIVERSE.renames.said(letters, date.max))


@given(st.text(max_size=60), POSTS)
@settings(max_examples=200, deadline=None)
def test_a_post_reads_the_same_twice_and_links_each_ticker_once(title: str, text: str) -> None:
    found = link(title, text, UNIVERSE)
    assert found == link(title, text, UNIVERSE)
    assert len({one.symbol for one in found}) == len(found)
    assert [one.start for one in found] == sorted(one.start for one in found)


@given(POSTS)
@settings(max_examples=200, deadline=None)
def test_a_cashtag_is_a_ticker_of_ours_or_unknown(text: str) -> None:
    assert not unknown_cashtags("", text, UNIVERSE).keys() & UNIVERSE.symbols.keys() - {
        # A coin or a foreign listing shares its letters with a ticker of ours.
        tag
        for tag in UNIVERSE.symbols
        if f"${tag}." in text.upper()
    }


@given(
    st.lists(st.sampled_from(PLAIN), min_size=1, max_size=12, unique=True), st.randoms(use_true_random=False)
)
@settings(max_examples=100, deadline=None)
def test_the_order_of_tickers_does_not_change_which_are_found(
    symbols: list[str], chance: random.Random
) -> None:
    shuffled = symbols[:]
    chance.shuffle(shuffled)
    one, other = (link("", ", ".join(order), UNIVERSE) for order in (symbols, shuffled))
    assert {(found.symbol, found.confidence) for found in one} == {
        (found.symbol, found.confidence) for found in other
    }
    assert [found.symbol for found in other] == shuffled


@given(
    st.text(alphabet=st.characters(categories=["Ll", "Nd", "Po", "Zs"], exclude_characters="$"), max_size=200)
)
@settings(max_examples=200, deadline=None)
def test_lower_case_without_a_cashtag_links_only_what_is_spelt_in_lower_case(text: str) -> None:
    spelt = {(one.phrase, one.symbol) for one in UNIVERSE.spotter.spellings if one.phrase.islower()}
    for found in link("", text, UNIVERSE):
        assert (text[found.start : found.end], found.symbol) in spelt


@given(st.lists(st.sampled_from([symbol.lower() for symbol in SYMBOLS]), max_size=30).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_symbols_in_lower_case_are_words_but_for_a_chosen_few(text: str) -> None:
    chosen = {one.symbol for one in UNIVERSE.spotter.spellings if one.phrase.islower()}
    assert {found.symbol for found in link("", text, UNIVERSE)} <= chosen
