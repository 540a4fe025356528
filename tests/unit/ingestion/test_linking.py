from datetime import date
from decimal import Decimal

import pytest

from services.ingestion.linking import Link, link, unknown_cashtags, whole
from services.ingestion.universe import load_universe

UNIVERSE = load_universe()


def tickers(text: str, title: str = "", day: str | None = None) -> list[str]:
    on = date.fromisoformat(day) if day else None
    return [found.symbol for found in link(title, text, UNIVERSE, on)]


def only(text: str, title: str = "") -> Link:
    (found,) = link(title, text, UNIVERSE)
    return found


# Sentences on which linkers that change the case of a text before they look are known to fail.


def test_lost_my_car_keys_is_not_keysight() -> None:
    assert tickers("lost my car keys") == []


def test_nail_in_the_coffin_is_not_a_ticker() -> None:
    assert tickers("nail in the coffin") == []


def test_love_the_team_is_not_atlassian() -> None:
    assert tickers("love the team") == []


def test_cat_food_is_not_caterpillar() -> None:
    assert tickers("cat food") == []


def test_the_next_leg_of_tsla_is_tsla_and_not_leggett() -> None:
    assert tickers("TSLA's next leg") == ["TSLA"]
    assert tickers("TSLA’s next LEG up, what a rally") == ["TSLA"]


def test_a_tsla_based_fund_is_tsla_and_not_the_fund() -> None:
    assert tickers("TSLA-based fund") == ["TSLA"]
    assert tickers("TSLA-BASED FUND") == ["TSLA"]


def test_brk_b_and_bf_b_are_share_classes() -> None:
    assert tickers("BRK.B and BF.B") == ["BRK.B", "BF.B"]


def test_all_in_on_this_one_is_shouting() -> None:
    assert tickers("ALL IN ON THIS ONE") == []


def test_apple_beats_earnings_is_aapl() -> None:
    assert tickers("Apple beats earnings") == ["AAPL"]


@pytest.mark.parametrize("word", ["via", "py", "api", "push", "are", "can", "on", "go", "uk", "fund", "leg"])
def test_an_english_word_in_lower_case_is_no_ticker(word: str) -> None:
    assert tickers(f"we heard about it {word} the other stock forum and bought shares") == []


SLANG = "PM DD YOLO OPEN AI WTF EOD YOU ON GO FOR ALL IT CEO ARE CAN ATH IMO USA UK"


@pytest.mark.parametrize("word", SLANG.split())
def test_slang_in_capitals_is_no_ticker(word: str) -> None:
    assert tickers(f"my {word} is that this will go up") == []
    assert tickers(f"HOLD THE LINE {word} RIGHT NOW YOU APES") == []


@pytest.mark.parametrize("symbol", ["DD", "YOLO", "OPEN", "AI", "YOU", "ON", "FOR", "ALL", "IT", "GO"])
def test_slang_with_a_cashtag_is_a_ticker(symbol: str) -> None:
    assert tickers(f"I bought ${symbol} today") == [symbol]


# What a ticker may look like.


@pytest.mark.parametrize(
    "text", ["$BRK.B", "$brk.b", "$BRKB", "BRK.B", "BRK-B", "BRK/B", "BRKB", "BRK B", "brk.b"]
)
def test_every_spelling_of_a_share_class_is_one_ticker(text: str) -> None:
    assert tickers(f"{text} looks cheap") == ["BRK.B"]


def test_a_cashtag_may_be_in_lower_case() -> None:
    assert tickers("$gme to the moon") == ["GME"]
    assert tickers("$brkb is boring") == ["BRK.B"]


def test_only_letters_that_are_no_word_are_a_symbol_in_lower_case() -> None:
    assert tickers("gme to the moon, tsla to the ground") == ["GME", "TSLA"]
    assert tickers("Gme to the moon") == ["GME"]
    assert tickers("spy on cat and pins, open now, all calls") == []
    assert only("gme 60c 2/19").how == "option"
    assert only("so much gme").how == "symbol"


def test_tickers_divided_by_slashes_are_each_a_ticker() -> None:
    assert tickers("GME/AMC/BB/NOK") == ["GME", "AMC", "BB", "NOK"]


@pytest.mark.parametrize(
    "text", ["GME!!!", "GME🚀🚀", "(GME)", "*GME*", "**GME**", "_GME_", "#GME", '"GME"', "GME."]
)
def test_punctuation_and_emoji_do_not_hide_a_ticker(text: str) -> None:
    assert tickers(text) == ["GME"]


@pytest.mark.parametrize("text", ["XGME", "GMEX2", "GME2", "2GME", "MY_GME_BAG", "GMEs", "THEY'LL"])
def test_a_part_of_a_word_is_no_ticker(text: str) -> None:
    assert "GME" not in tickers(text)
    assert "LL" not in tickers(text)


def test_tqqq_is_not_the_qqq_inside_it() -> None:
    assert tickers("TQQQ and SQQQ calls") == ["TQQQ", "SQQQ"]


def test_contractions_in_capitals_are_no_tickers() -> None:
    assert tickers("THEY'RE IN, Y'ALL CAN'T SELL, IT'S ON") == []


def test_letters_of_other_alphabets_make_no_ticker() -> None:
    cyrillic_te, cyrillic_a = "\u0422", "\u0410"
    assert tickers(f"{cyrillic_te}SLA stock") == []
    assert tickers(f"TSL{cyrillic_a} stock") == []
    assert tickers("ＧＭＥ stock") == []
    assert tickers("GME\u0301 stock") == []


def test_a_single_letter_needs_a_cashtag_an_exchange_or_a_contract() -> None:
    assert tickers("F calls, T shares, a U turn and plan B") == []
    assert tickers("$F and $T") == ["F", "T"]
    assert tickers("Ford Motor Company (NYSE: F)") == ["F"]
    assert tickers("Loews (NYSE American: L)") == ["L"]
    assert tickers("F 12c 2/19") == ["F"]
    assert tickers("paid 5c, A 10c coin") == []


@pytest.mark.parametrize(
    "text",
    [
        "GME 60c 2/19",
        "GME 1/29 320C",
        "GME $320c",
        "GME 2/19 60 calls",
        "GME Jan 29 320p",
        "GME 01/29/2021 320C",
    ],
)
def test_an_option_contract_names_its_ticker(text: str) -> None:
    found = only(f"bought {text} at open")
    assert (found.symbol, found.how, found.confidence) == ("GME", "option", Decimal("0.90"))


def test_a_word_with_a_strike_needs_an_expiry_too() -> None:
    assert tickers("ON 40c 2/19") == ["ON"]
    assert tickers("they go FOR 50c each") == []


def test_an_exchange_before_a_word_makes_it_a_ticker() -> None:
    found = link("", "Insurers (NYSE: ALL), ticker ON", UNIVERSE)
    assert [(one.symbol, one.how) for one in found] == [("ALL", "listing"), ("ON", "listing")]


def test_foreign_listings_and_coins_are_other_things() -> None:
    assert tickers("AC.TO and GS2C.DE and $BTC.X") == []
    assert tickers("$CSL.AX") == []


def test_amounts_are_no_cashtags() -> None:
    assert tickers("$5k, $60, $k, $1.2B, US$GME") == []


# Words that need company.


def test_a_word_needs_a_trading_word_beside_it() -> None:
    assert tickers("OPEN calls are cheap") == ["OPEN"]
    assert tickers("bought 100 shares of OPEN today") == ["OPEN"]
    assert tickers("Slack (WORK) goes public") == ["WORK"]
    assert tickers("stores are OPEN and the stock is up") == []
    assert tickers("I LOVE this stock") == []


def test_a_common_noun_needs_trading_near_it() -> None:
    assert tickers("CAT is up after earnings") == ["CAT"]
    assert tickers("my CAT is asleep on the sofa") == []


def test_shouting_does_not_make_tickers_of_words() -> None:
    assert tickers("FOR THE LOVE OF GOD BUY GME NOW") == ["GME"]
    assert tickers("THE TEAM WITH THE CAT AND THE KEYS WILL MOON STOCK") == []
    assert tickers("we are so close, I LOVE THIS STOCK, see you on the moon with everyone else") == []


def test_shouting_is_judged_line_by_line() -> None:
    assert tickers("SNOW is cheap after earnings, I hold.\nLET US GO ALL IN RIGHT NOW MY DEAR APES") == [
        "SNOW"
    ]


def test_in_a_line_without_end_what_is_far_away_does_not_decide() -> None:
    calm, loud = "we hold and wait for it " * 40, "WE ALL HOLD AND WAIT FOR IT " * 40
    assert tickers(f"{calm}BUY KEYS STOCK OR MY CAT WILL EAT THE REST OF YOU APES {loud}") == []
    assert tickers(f"{loud}{calm}we own CAT shares {calm}{loud}") == ["CAT"]


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("Target stock fell 5%", "TGT"),
        ("Gap earnings beat", "GAP"),
        ("Ford shares jumped", "F"),
        ("sold my Visa shares", "V"),
        ("calls on Snap", "SNAP"),
    ],
)
def test_a_name_that_is_a_word_counts_where_money_is_spoken_of(text: str, symbol: str) -> None:
    assert tickers(text) == [symbol]


@pytest.mark.parametrize(
    "text",
    [
        "I ate an Apple",
        "Apple pie at the stock exchange",
        "my price Target for this stock",
        "Target price is $40, hold the stock",
        "we will Gap up, buy calls",
        "the Visa application took weeks",
        "a Tesla coil",
        "bought it on my Robinhood account",
    ],
)
def test_a_name_that_is_a_word_is_otherwise_a_word(text: str) -> None:
    assert tickers(text) == []


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("GameStop", "GME"),
        ("Gamestop", "GME"),
        ("GAMESTOP", "GME"),
        ("BlackBerry", "BB"),
        ("Nokia", "NOK"),
        ("AMC Entertainment", "AMC"),
        ("AT&T", "T"),
        ("eBay", "EBAY"),
        ("C3.ai", "AI"),
        ("McDonald's earnings", "MCD"),
        ("Bank of America", "BAC"),
        ("TSMC", "TSM"),
        ("Berkshire", "BRK.B"),
        ("Facebook stock", "META"),
    ],
)
def test_a_company_is_found_by_its_name(text: str, symbol: str) -> None:
    assert tickers(f"bought some {text} today") == [symbol]


# Names in lower case: plain letters are not made bigger before we look, they need one thing more.


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("gamestop", "GME"),
        ("palantir keeps falling asleep", "PLTR"),
        ("tesla puts", "TSLA"),
        ("bought amazon before earnings", "AMZN"),
        ("sold my apple stock", "AAPL"),
        ("calls on nvidia", "NVDA"),
        ("bank of america shares", "BAC"),
    ],
)
def test_a_name_in_lower_case_counts_if_it_is_no_word_or_speaks_of_money(text: str, symbol: str) -> None:
    assert tickers(text) == [symbol]


@pytest.mark.parametrize(
    "text",
    [
        "an apple fell",
        "bought an apple for a dollar",
        "a tesla parked outside",
        "gap up, then buy the dip",
        "price target of 40, hold the stock",
        "the delta of these calls",
        "robinhood stopped my options",
        "the best buy of the quarter, shares or not",
        "metal, afford, union, intelligent stock",
    ],
)
def test_a_word_in_lower_case_is_a_word(text: str) -> None:
    assert tickers(text) == []


# Days.


@pytest.mark.parametrize(
    ("day", "text", "symbol"),
    [
        ("2021-01-27", "$FB", "FB"),
        ("2021-01-27", "Facebook shares", "FB"),
        ("2023-02-01", "FB", "META"),
        ("2023-02-01", "Facebook shares", "META"),
        ("2023-02-01", "META", "META"),
        ("2021-09-01", "META", "METV"),
        ("2021-02-01", "LB", "BBWI"),
        ("2025-02-01", "LB", "LB"),
        ("2021-02-20", "Lucid Motors", "CCIV"),
        ("2021-01-25", "Sony", "SNE"),
    ],
)
def test_a_ticker_is_the_symbol_its_company_had_that_day(day: str, text: str, symbol: str) -> None:
    assert tickers(f"{text} calls are cheap", day=day) == [symbol]


def test_without_a_day_a_ticker_is_todays() -> None:
    assert tickers("FB and $SQ") == ["META", "XYZ"]


def test_one_company_under_two_symbols_is_one_ticker() -> None:
    assert tickers("$FB is META now", day="2022-10-27") == ["META"]


def test_what_was_not_listed_yet_is_no_ticker() -> None:
    assert tickers("HOOD calls, Robinhood stock, META", day="2021-01-20") == []
    assert unknown_cashtags("", "$META and $FB", UNIVERSE, date(2021, 1, 20)) == {"META": 1}


def test_a_longer_name_keeps_the_shorter_one_inside_it_from_counting() -> None:
    assert tickers("AMC Networks makes films") == ["AMCX"]
    assert tickers("HEI.A, not HEI") == ["HEI.A", "HEI"]
    assert tickers("TD Ameritrade stopped my TD Ameritrade orders, hold") == []


def test_parts_of_other_words_are_no_names() -> None:
    assert tickers("Teslas and Nokias, MyApple earnings") == []


# What is not prose.


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/GME",
        "www.example.com/GME/TSLA",
        "[the chart](https://example.com/GME)",
        "[the chart](/r/stocks/GME)",
        "`buy GME`",
        "```\nif GME:\n    TSLA\n```",
        "u/GME_fan and /u/GME",
        "r/GME and /r/TSLA",
        "@GME",
        "GME@example.com and john.GME@example.com",
        "GME.com",
    ],
)
def test_code_addresses_users_and_communities_are_not_read(text: str) -> None:
    assert tickers(text) == []


def test_the_words_of_a_link_are_read() -> None:
    assert tickers("[GME is up](https://example.com)") == ["GME"]


# What a link tells.


def test_each_ticker_counts_once_at_its_surest_place() -> None:
    found = only("GME GameStop GME 60c 2/19 and $GME, GME")
    assert (found.how, found.confidence, found.start) == ("cashtag", Decimal("0.95"), 30)


def test_spans_point_into_title_blank_line_and_text() -> None:
    title, text = "Thoughts on GME?", "and $BRK.B too"
    spans = [whole(title, text)[found.start : found.end] for found in link(title, text, UNIVERSE)]
    assert spans == ["GME", "$BRK.B"]


def test_spans_point_into_the_text_alone_when_there_is_no_title() -> None:
    found = only("and TSLA too")
    assert (found.start, found.end) == (4, 8)


def test_an_unknown_cashtag_is_counted_and_not_linked() -> None:
    text = "$ZZZZ and $zzzz, $GME, $QWERT, $k"
    assert tickers(text) == ["GME"]
    assert unknown_cashtags("", text, UNIVERSE) == {"ZZZZ": 2, "QWERT": 1}


def test_an_empty_post_has_no_tickers() -> None:
    assert link("", "", UNIVERSE) == []
