from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingestion.clusters import BANDS, MINIMA, bands, fingerprint, near

COPIED = (
    "I have been reading about this company for months and I think the market has got it wrong because "
    "nobody looks at the cash on hand and the debt that is gone now, so I bought more on Monday and will hold"
)
OTHER = (
    "My broker closed the account on Friday without a word and the support line has been dead since then, "
    "which is why none of the orders from last week went through at the price that I was shown"
)


def test_a_copy_has_the_same_fingerprint_whatever_its_case_and_spacing() -> None:
    assert fingerprint(COPIED) == fingerprint(COPIED.upper().replace(" ", "  ") + "!!! 🚀🚀")


def test_a_copy_with_a_small_edit_is_near_and_shares_a_key() -> None:
    edited = COPIED.replace("Monday", "Tuesday")
    assert near(fingerprint(COPIED), fingerprint(edited))
    assert set(bands(fingerprint(COPIED))) & set(bands(fingerprint(edited)))


def test_another_text_is_not_near_and_shares_no_key() -> None:
    assert not near(fingerprint(COPIED), fingerprint(OTHER))
    assert not set(bands(fingerprint(COPIED))) & set(bands(fingerprint(OTHER)))


def test_a_text_of_few_words_belongs_to_no_cluster() -> None:
    assert fingerprint("GME to the moon") == ""
    assert not near("", "")
    assert bands("") == []


def test_the_same_picture_does_not_make_two_posts_alike() -> None:
    picture = "![img](emote|t5_2th52|27421) https://example.com/one/long/address/of/a/picture"
    assert fingerprint(f"Stop it {picture}") == ""
    assert not near(fingerprint(f"{COPIED} {picture}"), fingerprint(f"{OTHER} {picture}"))


def test_a_fingerprint_is_the_same_on_every_machine() -> None:
    assert fingerprint("the quick brown fox jumps over the lazy dog") == (
        "ba538aba1b5a2faa41721bb689bf7b6feb5b09ada901f091d79184788626ec9c7c0c351393b0493fe1b9c877ec1e308b"
    )


def test_fingerprints_agree_as_far_as_the_shingles_do() -> None:
    agreed = 0
    for pair in range(200):
        same = [f"c{pair}x{word}" for word in range(60)]
        one, other = ([f"{whose}{pair}x{word}" for word in range(30)] for whose in "ab")
        prints = [fingerprint(" ".join(same + rest)) for rest in (one, other)]
        agreed += sum(prints[0][at : at + 4] == prints[1][at : at + 4] for at in range(0, 4 * MINIMA, 4))
    alike = 58 / (58 + 2 * 30)
    assert abs(agreed / (200 * MINIMA) - alike) < 0.04


@given(st.text(max_size=300))
@settings(deadline=None)
def test_a_fingerprint_is_near_itself_and_has_a_key_for_each_band(text: str) -> None:
    of = fingerprint(text)
    assert len(of) in (0, 4 * MINIMA)
    assert len(bands(of)) == (BANDS if of else 0)
    assert near(of, of) == bool(of)
