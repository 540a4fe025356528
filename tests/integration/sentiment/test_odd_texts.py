"""Long and odd texts through the handler that scores posts: a score, or withheld with a reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.sentiment.deployed import PACKAGED, deployed
from services.sentiment.lexicon import Lexicon
from services.sentiment.readers import Reader
from services.sentiment.scoring import LABELS, unscorable
from services.sentiment.scoring_posts import score_posts
from tests.bench import Bench
from tests.builders import Said, a_post, enveloped

LONG_AND_CALM = "The company held its annual meeting on Tuesday and the board was present. "
LONG_AND_SAD = "Then it went bankrupt and shareholders lost everything. "


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("sentiment", "score_posts") as opened:
        yield opened


def scored(bench: Bench, text: str) -> dict[str, Any]:
    """What was announced of a post that says *text* about one ticker."""
    found = {"ticker": "GME", "confidence": "0.9", "start": 0, "end": 1, "how": "symbol"}
    post = a_post(post_id=f"reddit:odd{crc32(text.encode())}", title="", text=text, tickers=[found])
    before = len(bench.announced())
    assert bench.deliver(enveloped(post)) == []
    (announced,) = bench.announced()[before:]
    return announced.data


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \t\r\n\u2003", "empty"),
        ("[deleted]", "removed"),
        ("🚀", "only symbols"),
        ("🚀🦍💎🙌🏽" * 50, "only symbols"),
        ("👨‍👩‍👧", "only symbols"),
        ("\u200b\u200d\ufeff", "no letters"),
        ("\x01\x02\x1b[31m"[:2], "no letters"),
        ("1234.50 +7%", "no letters"),
        ("?!?!", "no letters"),
        ("https://example.com/a?b=c", "only a link"),
    ],
)
def test_a_text_without_words_is_withheld_with_the_reason(bench: Bench, text: str, why: str) -> None:
    assert scored(bench, text)["why"] == why


@pytest.mark.parametrize(
    "text",
    [
        "Die Aktie ist heute stark gestiegen.",
        "この株は今日大きく上がりました。",
        "السهم ارتفع اليوم كثيرا",
        "Акции сегодня сильно выросли",
        "GME is up \x1b[31m and \x07 \x08 \x7f away",
        "GME \u202eot og lliw ti\u202c up",
        "G\u0301\u0302\u0303\u0304" * 200,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_text_with_words_gets_a_score_of_the_model(bench: Bench, text: str) -> None:
    score = scored(bench, text)
    assert score["method"] == "model"
    assert score["label"] in LABELS


model = deployed(PACKAGED, Path, kind="social")
read = Reader(model, fallback=Lexicon().read, report=lambda *, extra: None)
LONG = ["x" * 40_000, "moon " * 8_000, "é漢🚀 up " * 5_000, "up" + "\n" * 39_000 + "up", "\x07up " * 10_000]


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:12]))
def test_a_text_of_forty_thousand_characters_is_read_whole_by_the_model(text: str) -> None:
    (found,) = read([text])
    assert (found.method, sum(found.probabilities)) == ("model", 1)


def test_the_end_of_a_long_text_counts_as_its_beginning_does() -> None:
    calm, sad = LONG_AND_CALM * 270, LONG_AND_SAD * 360
    assert len(calm + sad) > 40_000
    without, at_end, at_start = read([calm, calm + sad, sad + calm])
    assert without.label == "neutral"
    assert float(at_end.probabilities[0]) > float(without.probabilities[0]) + 0.1
    assert float(at_end.polarity) == pytest.approx(float(at_start.polarity), abs=0.05)


ODD = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=st.characters(), max_size=60),
    st.text(alphabet="🚀\u200b\x00\ud83d «».!?\n$GMEa", max_size=120),
    st.lists(st.sampled_from(["up", "🚀", "https://a.b", "\x07", "漢", " ", "«", "\ud83d"]), max_size=40).map(
        " ".join
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ODD)
def test_no_text_raises_and_each_is_read_or_has_a_reason(text: str) -> None:
    if why := unscorable(text):
        assert why in {"empty", "removed", "only a link", "only symbols", "no letters"}
        return
    (found,) = read([text])
    assert (found.method, sum(found.probabilities)) == ("model", 1)
    assert all(share >= 0 for share in found.probabilities)


class Nowhere:
    def keep(self, versions: object, scores: object) -> None: ...


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200),
    st.lists(st.tuples(st.integers(0, 250), st.integers(1, 60)), min_size=1, max_size=4),
)
def test_no_text_and_no_place_of_a_mention_raises(text: str, places: list[tuple[int, int]]) -> None:
    tickers = [
        {"ticker": f"A{n % 2}", "confidence": "0.9", "start": start, "end": start + width, "how": "symbol"}
        for n, (start, width) in enumerate(places)
    ]
    post = a_post(title="", text=text, tickers=tickers)
    said = Said(enveloped(post))
    score_posts([(post, said)], read=read, scores=Nowhere())
    assert {event.ticker for event in said.events} == {one["ticker"] for one in tickers}  # type: ignore[attr-defined]


def test_two_tickers_of_one_post_are_each_read_from_their_own_sentences(bench: Bench) -> None:
    text = "AMC is in terrible trouble, bankrupt soon. GME had a wonderful record quarter! It is Tuesday."
    tickers = [
        {
            "ticker": name,
            "confidence": "0.9",
            "start": text.index(name),
            "end": text.index(name) + 3,
            "how": "symbol",
        }
        for name in ("AMC", "GME")
    ]
    before = len(bench.announced())
    assert bench.deliver(enveloped(a_post(post_id="reddit:two", title="", text=text, tickers=tickers))) == []
    labels = {one.data["ticker"]: one.data["label"] for one in bench.announced()[before:]}
    assert labels == {"AMC": "negative", "GME": "positive"}
