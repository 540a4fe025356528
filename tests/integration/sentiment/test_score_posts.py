"""ScorePosts through its real handler, with the model that is shipped."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from contracts.events.envelope import Envelope
from contracts.events.sentiment import SentimentScoredV1
from tests.bench import Bench, BusDown
from tests.builders import NOON, a_post, enveloped

BATCH = ["reddit:a", "reddit:b", "reddit:c"]


def a_mention(ticker: str, start: int, end: int) -> dict[str, object]:
    return {"ticker": ticker, "confidence": "0.9", "start": start, "end": end, "how": "symbol"}


def posts() -> list[Envelope]:
    return [enveloped(a_post(post_id=post_id, author=post_id[-1])) for post_id in BATCH]


def rows(bench: Bench, ticker: str = "GME") -> list[dict[str, Any]]:
    found = bench.table("Scores").scan()["Items"]
    return [item for item in found if item["pk"].startswith(f"TICKER#{ticker}#")]


def test_a_post_is_scored_by_the_model_kept_and_announced() -> None:
    with Bench("sentiment", "score_posts") as bench:
        assert bench.deliver(*posts()[:1]) == []

        (announced,) = bench.announced()
        score = SentimentScoredV1.read(announced.data)
        assert (score.ticker, score.label, score.method) == ("GME", "positive", "model")
        assert announced.time == NOON
        (row,) = rows(bench)
        assert row["pk"] == "TICKER#GME#2021-01-27"
        assert (row["event"], row["polarity"], row["author"]) == (announced.id, score.polarity, "a")
        assert row["shares"] == [score.negative, score.neutral, score.positive]


def test_two_tickers_of_one_post_get_readings_of_their_own() -> None:
    text = "GME had a wonderful quarter, best ever. AMC is in terrible trouble and will go bankrupt."
    post = a_post(title="", text=text, tickers=[a_mention("GME", 0, 3), a_mention("AMC", 40, 43)])
    with Bench("sentiment", "score_posts") as bench:
        bench.deliver(enveloped(post))
        labels = {e.data["ticker"]: e.data["label"] for e in bench.announced()}
        assert labels == {"GME": "positive", "AMC": "negative"}


def test_a_post_nobody_can_read_is_withheld_and_one_without_tickers_ignored() -> None:
    link = a_post(title="", text="https://example.com/chart.png")
    silent = a_post(post_id="reddit:silent", tickers=[])
    with Bench("sentiment", "score_posts") as bench:
        assert bench.deliver(enveloped(link), enveloped(silent)) == []
        (withheld,) = bench.announced()
        assert (withheld.type, withheld.data["why"]) == ("SentimentWithheld.v1", "only a link")
        assert rows(bench) == []


def test_a_repeat_changes_nothing_and_is_announced_under_the_same_id() -> None:
    post = posts()[0]
    with Bench("sentiment", "score_posts") as bench:
        bench.deliver(post)
        before = bench.dump()
        assert bench.deliver(post, post) == []
        assert bench.dump() == before
        first, *repeats = bench.announced()
        assert repeats
        assert all(envelope == first for envelope in repeats)


def test_the_order_of_arrival_leaves_no_trace() -> None:
    dumps = set()
    for order in permutations(posts()):
        with Bench("sentiment", "score_posts") as bench:
            for envelope in order:
                bench.deliver(envelope)
            dumps.add(bench.dump())
    assert len(dumps) == 1


def test_an_edit_replaces_what_was_scored_before_whichever_comes_first() -> None:
    both = [a_mention("GME", 0, 3), a_mention("AMC", 8, 11)]
    first = enveloped(a_post(title="", text="GME and AMC are great.", tickers=both))
    edited = enveloped(
        a_post(title="", text="GME is a disaster.", tickers=both[:1]),
        at=NOON + timedelta(minutes=3),
        key="edit",
    )
    dumps = set()
    for order in ([first, edited], [edited, first], [first, edited, first]):
        with Bench("sentiment", "score_posts") as bench:
            for envelope in order:
                bench.deliver(envelope)
            (row,) = rows(bench)
            assert row["polarity"] < 0
            assert rows(bench, "AMC") == []
            dumps.add(bench.dump())
    assert len(dumps) == 1


def test_a_poison_message_hurts_only_itself() -> None:
    good = posts()
    forged = good[1].model_copy(update={"source": "tickertape.app"})
    with Bench("sentiment", "score_posts") as bench:
        assert bench.deliver(good[0], "{", forged, '{"due_at": 3}', good[2]) == [1, 2, 3]
        assert len(rows(bench)) == 2
        assert {envelope.data["post_id"] for envelope in bench.announced()} == {"reddit:a", "reddit:c"}


def test_after_a_crash_between_write_and_announcement_the_retry_announces() -> None:
    with Bench("sentiment", "score_posts") as bench:
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(*posts())
        assert bench.announced() == []
        written = bench.dump()
        assert len(rows(bench)) == 3
        assert bench.deliver(*posts()) == []
        assert bench.dump() == written
        assert [envelope.data["post_id"] for envelope in bench.announced()] == BATCH
