"""Scoring again through its real handlers: planned, shard by shard, reported, announced once."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from contracts.events.arrivals import ObjectLanded
from contracts.events.envelope import instant_text
from contracts.events.ingestion import PostRemovedV1
from contracts.events.sentiment import RescoreCompletedV1
from services.sentiment.keeping import Score, Version
from services.sentiment.runs import RunsTable
from services.sentiment.scores import ScoresTable
from services.sentiment.shards import Outcome
from tests.bench import Bench
from tests.builders import NOON, a_post, enveloped

HOUR = timedelta(hours=1)
SAID = [
    "GME is great, I love it.",
    "GME is terrible and I lost.",
    "GME is a wonderful win.",
    "GME opens at ten.",
    "GME, awful.",
]
WISH = {"since": instant_text(NOON), "until": instant_text(NOON + HOUR), "model": "lexicon"}
RUN = "20210127T170000Z-20210127T180000Z-vader@3.3.2"


class Crash(Exception):
    """The function died here."""


def opened(shard_items: int = 2) -> Bench:
    return Bench("sentiment", "plan_rescore", SHARD_ITEMS=str(shard_items))


def posts(bench: Bench, said: list[str] = SAID) -> list[str]:
    """Scored as glad by a model before, one a minute from noon on."""
    ids = [f"reddit:p{number}" for number in range(len(said))]
    for number, text in enumerate(said):
        at = NOON + timedelta(minutes=number)
        version = Version(ids[number], at, "1", ("GME",), text, (("GME", 0, 3),))
        ScoresTable(bench.table("Scores")).keep([version], [a_kept_score(ids[number], posted_at=at)])
    return ids


def a_kept_score(post_id: str, **changes: Any) -> Score:
    given: dict[str, Any] = {
        "ticker": "GME",
        "post_id": post_id,
        "posted_at": NOON,
        "seen": "1",
        "polarity": Decimal("0.600"),
        "method": "model",
        "author": post_id,
        "cluster": None,
        "votes": 1,
        "comments": 0,
        "event": f"score-{post_id}",
        "label": "positive",
        "model": "minilm",
        "version": "1",
    }
    return Score(**given | changes)


def use(bench: Bench, function: str) -> None:
    """From now on the bench is this function, in a process of its own."""
    name = f"services.sentiment.handlers.{function}"
    sys.modules.pop(name, None)
    bench.handler = importlib.import_module(name).handler


def plan(bench: Bench, *, execution: str = "e-1", at: timedelta = HOUR, **wish: Any) -> dict[str, Any]:
    use(bench, "plan_rescore")
    asked = {"wish": WISH | wish, "execution": execution, "at": instant_text(NOON + at)}
    answer: dict[str, Any] = json.loads(json.dumps(bench.call(asked)))
    return answer


def shards(bench: Bench, planned: dict[str, Any]) -> list[str]:
    """What the state machine sends to the queue."""
    listed = json.loads(bench.bucket().Object(planned["todo"]).get()["Body"].read())
    return [
        json.dumps({"Records": [{"s3": {"bucket": {"name": s["bucket"]}, "object": {"key": s["key"]}}}]})
        for s in listed
    ]


def reported(bench: Bench) -> ObjectLanded:
    return ObjectLanded(bucket=bench.bucket().name, key=f"rescored/{RUN}/summary.json")


def rescore(bench: Bench, **wish: Any) -> None:
    """The whole way, as the state machine and the queues go it."""
    planned = plan(bench, **wish)
    use(bench, "rescore_shard")
    for shard in shards(bench, planned):
        if bench.deliver(shard):
            raise Crash
    use(bench, "complete_rescore")
    if bench.deliver(reported(bench)):
        raise Crash


def text(bench: Bench, name: str) -> str:
    body: bytes = bench.bucket().Object(f"rescored/{RUN}/{name}").get()["Body"].read()
    return body.decode()


def in_force(bench: Bench) -> list[str | None]:
    return [score.model for score in ScoresTable(bench.table("Scores")).between("GME", NOON, NOON + HOUR)]


def left(bench: Bench) -> dict[str, str]:
    """What stays of a run: its reports and the tables."""
    found = bench.bucket().objects.filter(Prefix="rescored/")
    kept = {o.key: o.get()["Body"].read().decode() for o in found}
    return kept | {"tables": bench.dump()}


def test_posts_are_scored_again_reported_and_announced() -> None:
    with opened() as bench:
        posts(bench)
        rescore(bench)

        (envelope,) = bench.announced()
        told = RescoreCompletedV1.read(envelope.data)
        assert (told.run, told.model, told.model_version) == (RUN, "vader", "3.3.2")
        assert (told.posts, told.rescored, told.withheld, told.changed) == (5, 5, 0, 3)
        assert told.completed_at == envelope.time == NOON
        assert told.report == f"s3://tickertape-sentiment-123456789012/rescored/{RUN}/summary.json"
        summary = json.loads(text(bench, "summary.json"))
        assert Decimal(summary["mean_shift"]) == told.mean_shift
        changes = [json.loads(line) for line in text(bench, "changes.jsonl").splitlines()]
        assert [c["post_id"] for c in changes] == ["reddit:p1", "reddit:p3", "reddit:p4"]
        assert [c["old"]["label"] for c in changes] == ["positive"] * 3
        assert changes[0]["old"]["polarity"] == "0.600"
        assert [c["new"]["label"] for c in changes] == ["negative", "neutral", "negative"]
        shares = [changes[0][which]["probabilities"] for which in ("old", "new")]
        assert shares[0] is None  # from before they were kept
        assert list(shares[1]) == ["negative", "neutral", "positive"]
        assert sum(map(Decimal, shares[1].values())) == 1


def test_the_mean_shift_is_over_all_that_were_scored_again() -> None:
    with opened() as bench:
        posts(bench)
        rescore(bench)
        again = [i for i in bench.table("Scores").scan()["Items"] if i["sk"].endswith("#vader@3.3.2")]
        shift = sum((item["polarity"] - Decimal("0.600") for item in again), Decimal(0)) / len(again)
        told = RescoreCompletedV1.read(bench.announced()[0].data)
        assert (len(again), told.mean_shift) == (5, shift.quantize(Decimal("0.001")))


def test_old_scores_stay_in_force_until_the_new_are_adopted() -> None:
    with opened() as bench:
        posts(bench)
        rescore(bench)
        assert in_force(bench) == ["minilm"] * 5
        rescore(bench, adopt=True, at=2 * HOUR)
        assert in_force(bench) == ["vader"] * 5
        first, second = bench.announced()
        assert first == second


def test_a_repeat_announces_again_and_changes_nothing() -> None:
    with opened() as bench:
        posts(bench)
        rescore(bench)
        before = left(bench)
        planned = plan(bench, execution="e-2")
        assert planned["left"] == 0
        rescore(bench, execution="e-3")
        assert left(bench) == before
        first, *repeats = bench.announced()
        assert repeats
        assert all(envelope == first for envelope in repeats)


def test_a_shard_done_twice_counts_once_and_shards_may_come_in_any_order() -> None:
    ends = []
    for backwards in (False, True):
        with opened() as bench:
            posts(bench)
            sent = shards(bench, plan(bench))
            use(bench, "rescore_shard")
            order = sent[::-1] + sent[:2] if backwards else sent
            assert [bench.deliver(shard) for shard in order] == [[]] * len(order)
            use(bench, "complete_rescore")
            assert bench.deliver(reported(bench)) == []
            ends.append((left(bench), bench.announced()))
    assert ends[0] == ends[1]


def test_a_poison_message_hurts_only_itself() -> None:
    unknown = ObjectLanded(bucket="tickertape-sentiment-123456789012", key="work/none/e-1/000000.jsonl")
    with opened() as bench:
        posts(bench)
        first, second, third = shards(bench, plan(bench))
        use(bench, "rescore_shard")
        assert bench.deliver(first, "{", second, unknown, '{"Records": []}', third) == [1, 3, 4]
        use(bench, "complete_rescore")
        stray = ObjectLanded(bucket=unknown.bucket, key="rescored/none/summary.json")
        assert bench.deliver("[]", reported(bench), stray) == [0, 2]
        assert [envelope.data["posts"] for envelope in bench.announced()] == [5]


def test_the_first_outcome_of_a_shard_and_the_first_completion_of_a_run_stand() -> None:
    with opened() as bench:
        runs = RunsTable(bench.table("Runs"))
        plan(bench)
        first = Outcome(0, 2, 0, 2, {}, 1, Decimal("0.100"), "changes-a")
        runs.done(RUN, first)
        runs.done(RUN, replace(first, rescored=1, gone=1, changes="changes-b"))
        assert runs.outcomes(RUN) == [first]
        runs.complete(RUN, NOON, adopted_at=None)
        assert runs.complete(RUN, NOON + HOUR, adopted_at=NOON).completed_at == NOON
        assert [(run.name, run.adopted_at) for run in runs.all()] == [(RUN, NOON)]


def test_of_two_plans_at_once_only_the_shards_of_the_first_to_be_noted_count() -> None:
    with opened() as bench:
        posts(bench)
        runs = RunsTable(bench.table("Runs"))
        plan(bench, execution="e-1")
        standing = runs.planned(RUN)
        assert runs.begin(replace(standing, plan="e-2", shards=7)) == standing
        assert "%2Fe-1%2F" in shards(bench, plan(bench, execution="e-3"))[0]


def test_the_latest_asking_for_adoption_counts_whatever_the_order() -> None:
    with opened() as bench:
        runs = RunsTable(bench.table("Runs"))
        plan(bench)
        for at in (NOON, NOON + HOUR, NOON):
            runs.ask_adoption(RUN, at)
        assert runs.planned(RUN).adopt_at == NOON + HOUR


def test_nothing_is_announced_before_the_last_shard_is_done() -> None:
    with opened() as bench:
        posts(bench)
        sent = shards(bench, plan(bench))
        use(bench, "rescore_shard")
        for shard in sent[:-1]:
            assert bench.deliver(shard) == []
        assert [o.key for o in bench.bucket().objects.filter(Prefix="rescored/")] == []
        again = plan(bench, execution="e-2")
        assert (again["left"], shards(bench, again)) == (1, sent[-1:])


def test_a_span_without_posts_is_complete_at_once() -> None:
    with opened() as bench:
        rescore(bench)
        told = RescoreCompletedV1.read(bench.announced()[0].data)
        assert (told.posts, told.changed, told.mean_shift) == (0, 0, None)
        assert text(bench, "changes.jsonl") == ""


def test_posts_at_the_edges_are_in_from_since_and_out_from_until() -> None:
    with opened() as bench:
        posts(bench)
        planned = plan(
            bench,
            since=instant_text(NOON + timedelta(minutes=1)),
            until=instant_text(NOON + timedelta(minutes=3)),
        )
        listed = "".join(
            bench.bucket().Object(o.key).get()["Body"].read().decode()
            for o in bench.bucket().objects.filter(Prefix=f"work/{planned['run']}/e-1/")
        )
        assert [json.loads(line)["post_id"] for line in listed.splitlines()] == ["reddit:p1", "reddit:p2"]


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"since": WISH["until"], "until": WISH["since"]}, "since"),
        ({"since": WISH["until"]}, "since"),
        ({"since": "2021-01-27T17:00:00"}, "wish.since"),
        ({"since": "yesterday"}, "wish.since"),
        ({"until": "2021-01-27T18:00:00.5Z"}, "until"),
        ({"until": "2023-01-27T18:00:00Z"}, "at most 366 days"),
        ({"until": "2021-01-27T18:00:01Z"}, "has not come yet"),
        ({"model": "finbert"}, "there are packaged, lexicon, and those `tape model list` tells"),
        ({"model": "models/finbert/0123456789abcdef"}, "no model 'models/finbert/0123456789abcdef'"),
        ({"model": "/opt/model"}, "no model '/opt/model'"),
        ({"models": "lexicon"}, "wish.models"),
    ],
)
def test_what_cannot_be_planned_is_refused_by_name(wish: dict[str, Any], named: str) -> None:
    with opened() as bench:
        before = bench.dump()
        answer = plan(bench, **wish)
        assert list(answer) == ["refused"]
        assert named in answer["refused"]
        assert bench.dump() == before


def test_the_packaged_encoder_reads_what_a_scorer_kept() -> None:
    with opened() as bench:
        use(bench, "score_posts")
        bench.deliver(enveloped(a_post()), enveloped(a_post(post_id="reddit:b", text="It is over.")))
        (first, *_) = bench.announced()
        planned = plan(bench, model="packaged")
        use(bench, "rescore_shard")
        assert [bench.deliver(shard) for shard in shards(bench, planned)] == [[]]
        summary = json.loads(
            bench.bucket().Object(f"rescored/{planned['run']}/summary.json").get()["Body"].read()
        )
        assert (summary["model"], summary["model_version"]) == (
            first.data["model"],
            first.data["model_version"],
        )
        assert (summary["rescored"], summary["changed"], summary["mean_shift"]) == (2, 0, "0.000")


def test_a_post_scored_again_after_an_edit_or_a_replay_keeps_both_scores() -> None:
    with opened() as bench:
        (post_id, *_) = posts(bench, SAID[1:2])
        rescore(bench, adopt=True)
        posts(bench, SAID[1:2])
        assert in_force(bench) == ["vader"]
        edited = Version(post_id, NOON, "2", ("GME",), "GME", (("GME", 0, 3),))
        ScoresTable(bench.table("Scores")).keep([edited], [a_kept_score(post_id, seen="2")])
        assert in_force(bench) == ["minilm"]
        assert "vader@3.3.2" not in str(bench.table("Scores").scan()["Items"]).replace(RUN, "")


def test_scores_whose_text_was_not_kept_are_withheld_and_stand() -> None:
    with opened() as bench:
        old = a_kept_score("reddit:old", label=None, model=None, version=None)
        ScoresTable(bench.table("Scores")).keep([Version("reddit:old", NOON, "1", ("GME",))], [old])
        rescore(bench, adopt=True)
        told = RescoreCompletedV1.read(bench.announced()[0].data)
        assert (told.posts, told.rescored, told.withheld, told.mean_shift) == (1, 0, 1, None)
        assert json.loads(text(bench, "summary.json"))["withheld_because"] == {"text not kept": 1}
        assert in_force(bench) == [None]


def test_a_forgotten_post_is_gone_with_its_text_and_every_score() -> None:
    with opened() as bench:
        (post_id, *_) = posts(bench)
        rescore(bench)
        use(bench, "forget_scores")
        bench.deliver(enveloped(PostRemovedV1(post_id=post_id, why="deleted", removed_at=NOON)))
        rows = [
            item for item in bench.table("Scores").scan()["Items"] if post_id in json.dumps(item, default=str)
        ]
        assert [row["sk"] for row in rows] == ["REMOVED"]
        assert SAID[0] not in bench.dump()


def test_a_post_forgotten_between_planning_and_scoring_is_counted_as_gone() -> None:
    with opened() as bench:
        (post_id, *_) = posts(bench)
        sent = shards(bench, plan(bench))
        ScoresTable(bench.table("Scores")).forget(post_id)
        use(bench, "rescore_shard")
        assert [bench.deliver(shard) for shard in sent] == [[]] * 3
        summary = json.loads(text(bench, "summary.json"))
        assert (summary["posts"], summary["gone"]) == (4, 1)


@contextmanager
def interrupted(happens: Callable[[str], None], when: str) -> Iterator[None]:
    """*happens* is told every call of a function's to AWS, by name, before or after it."""
    session = boto3.DEFAULT_SESSION
    assert session is not None

    def hook(model: Any, **_: Any) -> None:
        happens(model.name)

    session.events.register(f"{when}-call.*.*", hook)
    try:
        yield
    finally:
        session.events.unregister(f"{when}-call.*.*", hook)


WRITES = ("PutItem", "UpdateItem", "BatchWriteItem", "PutObject", "PutEvents")


def test_a_run_killed_after_any_write_goes_on_when_called_again() -> None:
    with opened() as bench:
        posts(bench, SAID[:3])
        rescore(bench, adopt=True)
        whole, (announced,) = left(bench), bench.announced()
    for moment in range(1, 100):
        with opened() as bench:
            posts(bench, SAID[:3])
            seen: list[str] = []

            def dies(name: str, seen: list[str] = seen, moment: int = moment) -> None:
                seen.extend([name] if name in WRITES else [])
                if len(seen) == moment and name in WRITES:
                    raise Crash(name)

            with interrupted(dies, "after"):
                try:
                    rescore(bench, adopt=True)
                except Crash:
                    pass
                else:
                    break
            rescore(bench, adopt=True)
            assert left(bench) == whole, seen
            assert {envelope.model_dump_json() for envelope in bench.announced()} == {
                announced.model_dump_json()
            }
    assert moment > 12
    assert set(seen) == set(WRITES)


def test_a_post_forgotten_at_any_moment_of_a_shard_leaves_no_score_and_no_text() -> None:
    for moment in range(1, 100):
        with opened(5) as bench:
            (post_id, *_) = posts(bench, SAID[:2])
            sent = shards(bench, plan(bench))
            table = ScoresTable(bench.table("Scores"))
            calls: list[str] = []

            def goes(name: str, calls: list[str] = calls, moment: int = moment) -> None:
                calls.append(name)
                if len(calls) == moment:
                    table.forget("reddit:p0")  # noqa: B023

            with interrupted(goes, "before"):
                use(bench, "rescore_shard")
                assert [bench.deliver(shard) for shard in sent] == [[]]
            if len(calls) < moment:
                break
            rows = bench.table("Scores").scan()["Items"]
            of_it = [item["sk"] for item in rows if post_id in json.dumps(item, default=str)]
            assert of_it == ["REMOVED"], (moment, calls)
    assert moment > 8
