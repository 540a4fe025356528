"""ForgetScores beside ScorePosts: a removed post is in no window, whichever of the two comes first."""

import importlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from contracts.events.envelope import Envelope
from contracts.events.ingestion import PostRemovedV1
from services.sentiment.keeping import Score, Version
from services.sentiment.scores import ScoresTable
from tests.bench import Bench
from tests.builders import NOON, a_post, enveloped

POST = enveloped(a_post())
EDIT = enveloped(a_post(text="Sold it all."), at=NOON + timedelta(minutes=5), key="edit")
OTHER = enveloped(a_post(post_id="reddit:other"))
REMOVAL = enveloped(PostRemovedV1(post_id="reddit:t3_l6q0aa", why="deleted", removed_at=NOON))


def deliver(bench: Bench, *envelopes: Envelope) -> None:
    """Each to the Lambda that hears it."""
    scorer, forgetter = bench.handler, _forget_scores()
    for envelope in envelopes:
        bench.handler = forgetter if envelope.type == "PostRemoved.v1" else scorer
        assert bench.deliver(envelope) == []
    bench.handler = scorer


def _forget_scores() -> Any:
    return importlib.import_module("services.sentiment.handlers.forget_scores").handler


def test_a_removed_post_leaves_the_windows_and_the_others_stay() -> None:
    with Bench("sentiment", "score_posts") as bench:
        deliver(bench, POST, OTHER, REMOVAL)
        scores = ScoresTable(bench.table("Scores")).between("GME", NOON, NOON + timedelta(hours=1))
        assert [score.post_id for score in scores] == ["reddit:other"]


def test_removal_edit_and_post_in_any_order_and_repeated_leave_the_same() -> None:
    dumps = set()
    for order in permutations([POST, EDIT, REMOVAL]):
        with Bench("sentiment", "score_posts") as bench:
            deliver(bench, OTHER, *order, order[0], order[1])
            dumps.add(bench.dump())
    (left,) = dumps
    assert left.count("TICKER#GME") == 1


def test_a_removal_among_poison_is_done_and_announces_nothing() -> None:
    with Bench("sentiment", "forget_scores") as bench:
        assert bench.deliver("{", REMOVAL, POST.model_copy(update={"type": "PostRemoved.v1"})) == [0, 2]
        before = bench.dump()
        assert bench.deliver(REMOVAL, REMOVAL) == []
        assert bench.dump() == before
        assert before.count("REMOVED") == 1
        assert bench.announced() == []


class Interrupted:
    """A table on which something else happens just before the n-th batch of writes."""

    def __init__(self, table: Any, before: int, happens: Callable[[], None]) -> None:
        self._table, self._left, self._happens = table, before, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def batch_writer(self, **options: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            self._happens()
        return self._table.batch_writer(**options)


def kept(seen: str, tickers: Sequence[str]) -> tuple[list[Version], list[Score]]:
    post = a_post()
    scores = [
        Score(
            ticker=ticker,
            post_id=post.post_id,
            posted_at=NOON,
            seen=seen,
            polarity=Decimal(0),
            method="model",
            author=None,
            cluster=None,
            votes=1,
            comments=0,
            event=f"event-{seen}-{ticker}",
        )
        for ticker in tickers
    ]
    return [Version(post.post_id, NOON, seen, tuple(tickers))], scores


@pytest.mark.parametrize("moment", [1, 2, 3, 4])
def test_a_removal_that_comes_while_a_post_is_being_kept_still_takes_it_out(moment: int) -> None:
    with Bench("sentiment", "score_posts") as bench:
        quiet = ScoresTable(bench.table("Scores"))
        busy = Interrupted(bench.table("Scores"), moment, lambda: quiet.forget("reddit:t3_l6q0aa"))
        ScoresTable(busy).keep(*kept("1", ["GME", "AMC"]))  # type: ignore[arg-type]
        quiet.forget("reddit:t3_l6q0aa")
        assert "TICKER#" not in bench.dump()


@pytest.mark.parametrize("moment", [1, 2, 3, 4])
@pytest.mark.parametrize(("first", "second"), [("1", "2"), ("2", "1")])
def test_two_versions_kept_at_the_same_time_leave_the_newer_one(moment: int, first: str, second: str) -> None:
    with Bench("sentiment", "score_posts") as bench:
        quiet = ScoresTable(bench.table("Scores"))
        busy = Interrupted(bench.table("Scores"), moment, lambda: quiet.keep(*kept(second, ["GME"])))
        ScoresTable(busy).keep(*kept(first, ["GME", "AMC"] if first == "1" else ["GME"]))  # type: ignore[arg-type]
        found = quiet.between("GME", NOON, NOON + timedelta(hours=1))
        assert [score.seen for score in found] == ["2"]
        assert bench.dump().count("TICKER#AMC") == 0


def test_a_ticker_s_scores_are_read_to_the_last_page_and_across_midnight() -> None:
    class SmallPages:
        def __init__(self, table: Any) -> None:
            self._table = table

        def __getattr__(self, name: str) -> Any:
            return getattr(self._table, name)

        def query(self, **options: Any) -> Any:
            return self._table.query(Limit=2, **options)

    with Bench("sentiment", "score_posts") as bench:
        hours = [NOON + timedelta(hours=number) for number in range(20)]
        for number, moment in enumerate(hours):
            post = a_post(post_id=f"reddit:p{number}", created_at=moment)
            bench.deliver(enveloped(post, at=moment))
        table = ScoresTable(SmallPages(bench.table("Scores")))  # type: ignore[arg-type]

        found = table.between("GME", hours[0], hours[-1])
        assert [score.posted_at for score in found] == hours[:-1]
        assert table.active(hours[3], hours[3] + timedelta(minutes=1)) == ["GME"]
        assert table.active(hours[-1] + timedelta(hours=1), hours[-1] + timedelta(hours=2)) == []
