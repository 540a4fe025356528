"""Scoring again: what is in force, what is counted, what is withheld, and when a run is complete."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from contracts.events.arrivals import ObjectLanded
from services.sentiment.completing import figures, finish
from services.sentiment.imports import Imports
from services.sentiment.keeping import Adoption, Kept, Score, Version, current
from services.sentiment.models import Models
from services.sentiment.overriding import Override, Spent, Terms
from services.sentiment.rescoring import PAGE, ModelChanged, rescore_shard
from services.sentiment.scoring import Identity, Reading, passages, reading
from services.sentiment.shards import Outcome, Pair, Run, run_name
from tests.builders import NOON, Said, enveloped
from tools.tape.errors import TapeError
from tools.tape.runs import PATIENCE, follow, moment, open_end

HOUR = timedelta(hours=1)
GLAD = Identity("glad", "2")
LANDED = ObjectLanded(bucket="b", key="work/run/plan/000000.jsonl")


def a_run(**changes: Any) -> Run:
    return replace(Run("run", NOON, NOON + HOUR, "glad", GLAD, "plan", 1, 2, asked_at=NOON), **changes)


def a_score(post_id: str = "reddit:a", **changes: Any) -> Score:
    base = Score(
        ticker="GME",
        post_id=post_id,
        posted_at=NOON,
        seen="1",
        polarity=Decimal("0.100"),
        method="model",
        author="a",
        cluster=None,
        votes=1,
        comments=0,
        event="score-1",
        label="neutral",
        model="first",
        version="1",
    )
    return replace(base, **changes)


def an_outcome(shard: int = 0, **changes: Any) -> Outcome:
    base = Outcome(shard, 10, 1, 6, {"empty": 3}, 2, Decimal("0.900"), f"changes-{shard}")
    return replace(base, **changes)


def an_adoption(model: str, asked_at: datetime, **changes: Any) -> Adoption:
    return replace(Adoption(model, NOON, NOON + HOUR, model, "1", asked_at), **changes)


KEPT = Kept(a_score(), (a_score(model="second"), a_score(model="third")))


def test_the_first_score_is_in_force_until_another_is_adopted() -> None:
    assert current(KEPT, []).model == "first"
    assert current(KEPT, [an_adoption("second", NOON)]).model == "second"


@pytest.mark.parametrize("backwards", [False, True])
def test_the_latest_adoption_counts_whatever_their_order(backwards: bool) -> None:
    adoptions = [an_adoption("second", NOON + HOUR), an_adoption("third", NOON)]
    assert current(KEPT, adoptions[::-1] if backwards else adoptions).model == "second"


def test_an_adoption_counts_only_within_its_span_and_where_there_is_a_score() -> None:
    before = an_adoption("second", NOON, since=NOON - HOUR, until=NOON)
    after = an_adoption("second", NOON, since=NOON + timedelta(seconds=1))
    assert current(KEPT, [before, after]).model == "first"
    assert current(KEPT, [an_adoption("fourth", NOON + HOUR), an_adoption("third", NOON)]).model == "third"
    assert current(KEPT, [an_adoption("second", NOON, version="9")]).model == "first"


def test_a_run_is_named_for_its_posts_and_its_model_and_nothing_else() -> None:
    assert run_name(NOON, NOON + HOUR, GLAD) == "20210127T170000Z-20210127T180000Z-glad@2"
    assert run_name(NOON, NOON + HOUR, Identity("glad", "3")) != run_name(NOON, NOON + HOUR, GLAD)


def test_figures_are_summed_and_the_shift_is_the_mean_over_what_was_rescored() -> None:
    found = figures([an_outcome(), an_outcome(1, rescored=3, shift=Decimal("-0.300"))])
    assert found == {"posts": 15, "rescored": 9, "withheld": 6, "changed": 4, "mean_shift": Decimal("0.067")}


def test_where_nothing_was_rescored_there_is_no_shift() -> None:
    assert figures([an_outcome(rescored=0, shift=Decimal(0))])["mean_shift"] is None


def test_every_model_tells_what_it_is_without_reading_and_reads_as_that() -> None:
    models = Models(Imports(cast(Any, None)), TERMS)
    for name in ("packaged", "lexicon"):
        (found,) = models.load(name)(["I like GME."])
        assert models.identity(name) == Identity(found.model, found.version)
        assert models.load(name) is models.load(name)
    assert [models.most_items(name) for name in ("packaged", "llm", "models/a/b")] == [None, 100, 2_000]


def test_each_ticker_has_the_sentences_that_name_it() -> None:
    mentions = [("AMC", 15, 18), ("GME", 0, 3), ("GME", 4, 6)]
    assert passages("GME is flying. AMC looks weak.", mentions) == {
        "AMC": "« AMC » looks weak.",
        "GME": "« GME » « is » flying.",
    }


TERMS = Terms("claude", Decimal(1), Decimal(5), Spent(10_000, Decimal("0.05")))


@dataclass
class Shelf:
    """Scores, readings, files and runs of one shard."""

    scores: list[Score]
    texts: dict[str, str | None] = field(default_factory=dict)
    kept: list[Score] = field(default_factory=list)
    settled: list[Version] = field(default_factory=list)
    changes: Sequence[Any] = ()
    outcome: Outcome | None = None
    run: Run = field(default_factory=a_run)

    def between(self, ticker: str, start: datetime, end: datetime) -> list[Score]:
        return [s for s in self.scores if s.ticker == ticker and start <= s.posted_at < end]

    def settle(self, versions: Sequence[Version]) -> None:
        self.settled += versions

    def versions(self, pairs: Sequence[Pair]) -> list[Version]:
        wanted = [pair for pair in pairs if pair.post_id in self.texts]
        return [Version(p.post_id, p.posted_at, p.seen, (p.ticker,), self.texts[p.post_id]) for p in wanted]

    def keep(self, scores: Sequence[Score]) -> None:
        self.kept += scores

    def shard(self, key: str) -> tuple[str, int, list[Pair]]:
        return "run", 0, [Pair(s.ticker, s.post_id, s.posted_at, s.seen) for s in self.scores]

    def put_changes(self, run: str, shard: int, changes: Sequence[Any]) -> str:
        self.changes = changes
        return "changes-0"

    def planned(self, name: str) -> Run:
        return self.run

    def is_done(self, name: str, shard: int) -> bool:
        return self.outcome is not None

    def done(self, name: str, outcome: Outcome) -> None:
        self.outcome = outcome


def glad(texts: Sequence[str]) -> list[Reading]:
    if any("choke" in text for text in texts):
        raise RuntimeError("no tokens")
    return [reading((0.1, 0.2, 0.7), method="model", model="glad", version="2") for _ in texts]


def rescored(shelf: Shelf, read: Callable[[Sequence[str]], list[Reading]] = glad) -> Outcome:
    finished: list[Run] = []
    rescore_shard(
        LANDED,
        Said(enveloped(LANDED)),
        load={"glad": read}.__getitem__,
        override=Override(cast(Any, None), TERMS, cast(Any, None)),
        files=shelf,
        runs=shelf,
        scores=shelf,
        readings=shelf,
        finish=finished.append,
    )
    assert finished == [shelf.run]
    assert shelf.outcome is not None
    return shelf.outcome


def test_a_score_is_put_beside_the_old_and_its_post_settled() -> None:
    shelf = Shelf([a_score()], {"reddit:a": "GME is flying"})
    outcome = rescored(shelf)
    (new,) = shelf.kept
    assert (new.label, new.polarity, new.model, new.event) == (
        "positive",
        Decimal("0.600"),
        "glad",
        "score-1",
    )
    assert shelf.changes == [(a_score(), new)]
    assert (outcome.rescored, outcome.changed, outcome.shift) == (1, 1, Decimal("0.500"))
    assert [version.post_id for version in shelf.settled] == ["reddit:a"]


def test_a_label_that_stays_is_no_change_though_the_polarity_moved() -> None:
    shelf = Shelf([a_score(label="positive")], {"reddit:a": "GME is flying"})
    outcome = rescored(shelf)
    assert (outcome.changed, outcome.shift, shelf.changes) == (0, Decimal("0.500"), [])


def test_every_pair_is_counted_once_whatever_becomes_of_it() -> None:
    texts = {"reddit:a": "GME is flying", "reddit:b": "I choke", "reddit:c": None, "reddit:d": "…"}
    outcome = rescored(Shelf([a_score(post_id) for post_id in [*texts, "reddit:gone"]], texts))
    assert outcome.withheld == {"the model failed": 1, "text not kept": 1, "no letters": 1}
    assert (outcome.items, outcome.gone, outcome.rescored) == (5, 1, 1)


def test_a_shard_of_many_pages_is_read_to_its_end() -> None:
    texts: dict[str, str | None] = {f"reddit:{number}": "GME is flying" for number in range(2 * PAGE + 1)}
    scores = [a_score(post_id, posted_at=NOON + timedelta(seconds=n)) for n, post_id in enumerate(texts)]
    shelf = Shelf(scores, texts)
    assert rescored(shelf).rescored == len(shelf.kept) == 2 * PAGE + 1


def test_a_shard_that_is_done_is_not_read_again_but_the_run_is_finished() -> None:
    shelf = Shelf([a_score()], {"reddit:a": "GME is flying"}, outcome=an_outcome())
    assert rescored(shelf) == an_outcome()
    assert shelf.kept == []


def test_a_model_that_cannot_read_at_all_withholds_nothing_and_is_tried_again() -> None:
    def broken(texts: Sequence[str]) -> list[Reading]:
        raise OSError("no model")

    shelf = Shelf([a_score()], {"reddit:a": "GME is flying"})
    with pytest.raises(OSError, match="no model"):
        rescored(shelf, broken)
    assert (shelf.kept, shelf.outcome) == ([], None)


def test_another_version_of_the_model_than_planned_scores_nothing() -> None:
    shelf = Shelf([a_score()], {"reddit:a": "GME is flying"}, run=a_run(identity=Identity("glad", "1")))
    with pytest.raises(ModelChanged, match="plan again"):
        rescored(shelf)
    assert (shelf.kept, shelf.outcome) == ([], None)


@dataclass
class Reports:
    """Outcomes so far, and what was written of them."""

    found: list[Outcome]
    written: list[str] = field(default_factory=list)

    def planned(self, name: str) -> Run:
        return a_run()

    def outcomes(self, name: str) -> list[Outcome]:
        return self.found

    def spent(self, name: str) -> None:
        return None

    def complete(self, name: str, at: datetime, *, adopted_at: datetime | None) -> Run:
        return a_run(completed_at=at)

    def put_all_changes(self, run: str, changes: Any) -> None:
        self.written += changes

    def put_summary(self, run: str, summary: Any) -> None:
        self.written.append(f"summary of {summary['posts']}")

    def reported(self, key: str) -> str:
        return "run"


def test_a_report_is_written_with_the_last_shard_and_the_summary_last() -> None:
    for done, written in ((1, []), (2, ["changes-0", "changes-1", "summary of 18"])):
        reports = Reports([an_outcome(number) for number in range(done)])
        finish(a_run(shards=2), runs=reports, files=reports)
        assert reports.written == written


def test_of_a_complete_run_only_the_summary_is_written_again() -> None:
    reports = Reports([an_outcome()])
    finish(a_run(completed_at=NOON), runs=reports, files=reports)
    assert reports.written == ["summary of 9"]


def test_a_moment_is_read_into_utc() -> None:
    assert moment("--since", "2021-01-27T12:00:00-05:00") == NOON
    assert moment("--since", "2021-01-27T17:00:00Z").tzinfo == UTC


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2021-01-27", "names no time zone"),
        ("2021-01-27T17:00:00", "names no time zone"),
        ("noon", "is no moment"),
        ("", "is no moment"),
        ("2021-01-27T17:00:00.5Z", "whole seconds"),
    ],
)
def test_a_moment_that_cannot_be_read_is_told_with_the_option_and_the_remedy(text: str, why: str) -> None:
    with pytest.raises(TapeError, match=f"--since .*{why}"):
        moment("--since", text)


@dataclass
class Progressing:
    """A run of two shards, one of which is done at each look; complete a look after the last."""

    runs: list[Run] = field(default_factory=list)
    looks: int = 0
    steps: int = 3

    def planned(self, name: str) -> Run:
        self.looks += 1
        return a_run(shards=2, completed_at=NOON if self.looks > self.steps else None)

    def outcomes(self, name: str) -> list[Outcome]:
        return [an_outcome(number) for number in range(min(self.looks - 1, 2))]

    def all(self) -> list[Run]:
        return self.runs


def test_following_tells_every_look_and_ends_when_the_run_is_complete() -> None:
    told: list[int] = []
    run = follow(
        "run", Progressing(), lambda _, done: told.append(len(done)), adopting=False, pause=lambda: None
    )
    assert (told, run.completed_at) == ([0, 1, 2, 2], NOON)


def test_a_run_that_stalls_is_told_with_where_to_look() -> None:
    clock = iter(range(0, 100 * PATIENCE, PATIENCE))
    with pytest.raises(TapeError, match=r"2 of 2 shards.*`tape dlq`.*same command"):
        follow(
            "run",
            Progressing(steps=1000),
            lambda *_: None,
            adopting=False,
            pause=lambda: None,
            now=lambda: float(next(clock)),
        )


def test_without_an_end_an_unfinished_run_goes_on_and_else_it_ends_with_the_last_minute() -> None:
    now = datetime(2021, 2, 1, 12, 0, 7, 5, tzinfo=UTC)
    unfinished, complete = a_run(), a_run(completed_at=NOON, until=NOON + 2 * HOUR)
    assert open_end(NOON, "glad", Progressing([complete, unfinished]), now) == NOON + HOUR
    assert open_end(NOON, "sad", Progressing([unfinished]), now) == now.replace(second=0, microsecond=0)
    assert open_end(NOON, "glad", Progressing([complete]), now) == now.replace(second=0, microsecond=0)
