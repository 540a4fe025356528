import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingestion.cleaning import LONGEST, clean, withheld


def test_what_no_reader_sees_is_removed() -> None:
    assert clean("G\x00M\x07E\u200b\ufeff to\u202e the\x7f moon\x85") == "GME to the moon"


def test_tabs_and_newlines_stay_and_line_ends_are_one_kind() -> None:
    assert clean("a\tb\r\nc\rd\ne") == "a\tb\nc\nd\ne"


def test_lone_surrogates_are_removed_and_emoji_stay() -> None:
    assert clean("up \ud83d 🚀\udc00") == "up  🚀"


def test_a_long_text_is_cut_at_eight_thousand_characters() -> None:
    assert clean("x" * 40_000) == "x" * LONGEST


@pytest.mark.parametrize("joined", ["e\u0301", "👍🏽", "👩‍🚀", "❤️"])
def test_a_cut_does_not_part_an_emoji_or_accent(joined: str) -> None:
    for before in range(6):
        text = "x" * before + joined
        assert clean(text, longest=len(text) - 1) == "x" * before


def test_text_read_in_the_wrong_alphabet_is_read_again() -> None:
    assert clean("GMEâ€™s next ðŸš€") == "GME’s next 🚀"
    assert clean("a â€œlegâ€\x9d up") == "a “leg” up"


def test_text_that_only_looks_misread_stays() -> None:
    assert clean("the sign â€ means 5 € here 漢") == "the sign â€ means 5 € here 漢"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[deleted]", "deleted"),
        (" [removed]\n", "removed"),
        ("[deleted by user]", "deleted"),
        ("[ Removed by Reddit ]", "removed"),
        ("[removed] was the post", None),
        ("", None),
    ],
)
def test_a_tombstone_tells_why_the_text_is_gone(text: str, why: str | None) -> None:
    assert withheld(text) == why


@given(st.text(alphabet=st.characters(categories=None), max_size=200))
@settings(deadline=None)
def test_a_clean_text_is_clean_and_can_be_written(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned or "â€" in cleaned or "ðŸ" in cleaned
    assert not [char for char in cleaned if unicodedata.category(char) == "Cc" and char not in "\n\t"]
