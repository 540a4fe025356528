"""GatherDay's real handler beside its table."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from contracts.events.envelope import Envelope
from contracts.events.ingestion import PostRemovedV1
from services.summaries.daystats import DayStatsTable
from services.summaries.gathering import gather_post
from services.summaries.tallying import Day, tally
from tests.bench import Bench
from tests.builders import NOON, Said, a_bar, a_post, a_score, enveloped
from tests.unit.summaries.fakes import DAY
from tests.unit.summaries.test_gathering import EVENTS, found, gathered

POST, SCORE, BAR = enveloped(a_post()), enveloped(a_score()), enveloped(a_bar())
REMOVAL = enveloped(PostRemovedV1(post_id=a_post().post_id, why="deleted", removed_at=NOON))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("summaries", "gather_day") as bench:
        yield bench


def seen(bench: Bench) -> Day:
    return DayStatsTable(bench.table("DayStats")).read(DAY)


def after(*batches: list[Envelope]) -> str:
    with Bench("summaries", "gather_day") as bench:
        for batch in batches:
            assert bench.deliver(*batch) == []
        return bench.dump()


def test_a_post_its_score_and_the_bar_are_kept(bench: Bench) -> None:
    assert bench.deliver(POST, SCORE, BAR) == []
    (gme,) = tally(seen(bench), 1)
    assert (gme.mentions, gme.scored, gme.mood, str(gme.engagement)) == (1, 1, "moon", "4.17")
    assert gme.close is not None
    assert str(gme.close.price) == "347.51"
    assert bench.announced() == []


def test_a_repeat_changes_nothing() -> None:
    assert after([POST, SCORE, BAR], [POST, SCORE, BAR], [SCORE]) == after([POST, SCORE, BAR])


def test_the_order_does_not_matter() -> None:
    assert after([BAR, SCORE], [POST]) == after([POST, SCORE, BAR])


def test_a_removal_leaves_nothing_but_its_mark_whatever_comes_after() -> None:
    left = json.loads(after([POST, SCORE], [REMOVAL]))["DayStats"]
    assert left == [{"pk": "POST#reddit:t3_l6q0aa", "removed": True}]
    assert after([REMOVAL], [SCORE, POST]) == after([POST, SCORE], [REMOVAL])


def test_one_poisonous_message_fails_alone(bench: Bench) -> None:
    poison = POST.model_copy(update={"id": "poison", "data": POST.data | {"comments": -1}})
    assert bench.deliver(POST, poison, "no JSON", SCORE) == [1, 2]
    assert len(seen(bench).posts) == 1


def test_what_another_service_claims_to_have_seen_is_not_believed(bench: Bench) -> None:
    assert bench.deliver(POST.model_copy(update={"source": "tickertape.app"})) == [0]


def test_a_crash_halfway_through_a_batch_is_mended_by_the_retry() -> None:
    assert after([POST], [POST, SCORE], [POST, SCORE, BAR]) == after([POST, SCORE, BAR])


def test_no_word_of_a_post_is_among_the_figures_that_do_not_expire(bench: Bench) -> None:
    bench.deliver(enveloped(a_post(title="a private title", text="a private story")))
    assert "private" not in json.dumps(json.loads(bench.dump())["DayStats"])


def test_a_ticker_with_a_dot_is_scored_like_any_other(bench: Bench) -> None:
    bench.deliver(enveloped(a_post(tickers=found("BRK.B"))), enveloped(a_score(ticker="BRK.B")))
    assert [f.scored for f in tally(seen(bench), 1)] == [1]


def test_a_hot_ticker_is_spread_over_partitions_and_read_back_whole(bench: Bench) -> None:
    stats = DayStatsTable(bench.table("DayStats"))
    for n in range(200):
        post = a_post(post_id=f"reddit:t3_{n}", title="t" * 200)
        gather_post(post, Said(enveloped(post)), stats=stats)
    days = [item["day"] for item in bench.table("DayStats").scan()["Items"]]
    assert len(set(days)) == 16
    assert max(days.count(day) for day in set(days)) < 30
    assert [f.mentions for f in tally(seen(bench), 1)] == [200]


def test_a_day_longer_than_a_page_is_read_to_its_end() -> None:
    class Pages:
        """Two posts a shard, one a page."""

        def query(self, *, ExclusiveStartKey: int = 0, **_: Any) -> dict[str, Any]:
            part = json.dumps({"tickers": ["GME"], "author": None, "score": 0, "comments": 0})
            page = {"Items": [{"pk": f"POST#{ExclusiveStartKey}", "post": f"version | {part}"}]}
            return page if ExclusiveStartKey else page | {"LastEvaluatedKey": 1}

    assert len(DayStatsTable(Pages()).read(DAY).posts) == 32  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(2))
def test_a_shuffled_day_with_repeats_leaves_the_same_table(seed: int) -> None:
    shuffled = random.Random(seed).sample([*EVENTS, *EVENTS], 2 * len(EVENTS))  # noqa: S311
    batches = [shuffled[start : start + 10] for start in range(0, len(shuffled), 10)]
    assert after(*batches) == after(EVENTS)


def test_the_table_tells_the_same_day_as_memory(bench: Bench) -> None:
    bench.deliver(*EVENTS)
    assert tally(seen(bench), 1) == tally(gathered(EVENTS).read(DAY), 1)


def test_a_later_edit_stands_when_the_first_version_comes_after_it(bench: Bench) -> None:
    edit = enveloped(a_post(score=900), at=NOON + timedelta(hours=1), key="edit")
    bench.deliver(edit, POST)
    assert [post.votes for post in seen(bench).posts] == [900]
