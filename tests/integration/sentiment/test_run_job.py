"""RunJob through its real handler: days that were asked for, from scores in the table."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from samtranslator.yaml_helper import yaml_parse

from contracts.events.envelope import Envelope
from services.sentiment.asking import Span
from services.sentiment.jobs import JobsTable
from services.sentiment.keeping import Score, Version
from services.sentiment.running_jobs import PATIENCE, Job, JobAsked
from services.sentiment.scores import ScoresTable
from tests.bench import ROOT, Bench, Killed
from tests.builders import NOON, enveloped

SPAN = Span("GME", date(2021, 1, 26), date(2021, 1, 28))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("sentiment", "run_job") as opened:
        for number, label in enumerate(("positive", "positive", "negative")):
            spoken(opened, f"p{number}", NOON + timedelta(minutes=number), label)
        yield opened


def spoken(bench: Bench, post_id: str, at: datetime, label: str) -> None:
    score = Score(
        ticker="GME",
        post_id=post_id,
        posted_at=at,
        seen="1",
        polarity=Decimal("0.6") if label == "positive" else Decimal("-0.3"),
        method="model",
        author=post_id,
        cluster=None,
        votes=1,
        comments=0,
        event=post_id,
        label=label,
        model="minilm-l6",
        version="1",
    )
    version = Version(post_id, at, "1", ("GME",), "GME", (("GME", 0, 3),))
    ScoresTable(bench.table("Scores")).keep([version], [score])


def asked(bench: Bench, span: Span = SPAN, at: datetime = NOON) -> Envelope:
    """A try that stands in the table, as it waits in the queue."""
    jobs = JobsTable(bench.table("Jobs"))
    assert jobs.begin(Job(span, at), instead_of=jobs.find(span.name))
    return enveloped(JobAsked(job_id=span.name, asked_at=at))


def found(bench: Bench, span: Span = SPAN) -> Job:
    job = JobsTable(bench.table("Jobs")).find(span.name)
    assert job is not None
    return job


def test_the_days_of_a_job_are_added_up(bench: Bench) -> None:
    assert bench.deliver(asked(bench)) == []
    job = found(bench)
    assert (job.status, job.days_done) == ("COMPLETED", 3)
    (day,) = job.days
    assert (day.date, day.positive, day.negative, day.polarity, day.label) == (
        date(2021, 1, 27),
        2,
        1,
        Decimal("0.300"),
        "positive",
    )
    assert bench.announced() == []


def test_a_repeat_changes_nothing(bench: Bench) -> None:
    job = asked(bench)
    bench.deliver(job)
    before = bench.dump()
    assert bench.deliver(job, job) == []
    assert bench.dump() == before


def test_jobs_leave_the_same_days_in_any_order(bench: Bench) -> None:
    spans = [SPAN, Span("GME", date(2021, 1, 27), date(2021, 1, 27)), Span("AMC", SPAN.start, SPAN.end)]
    seen = set()
    for number, order in enumerate(permutations(spans)):
        bench.deliver(*(asked(bench, span, NOON + timedelta(hours=number)) for span in order))
        seen.add(tuple(found(bench, span).days for span in spans))
    assert len(seen) == 1


def test_a_message_nobody_can_read_fails_alone(bench: Bench) -> None:
    unknown = enveloped(JobAsked(job_id="nobody asked for it", asked_at=NOON))
    assert bench.deliver("{", asked(bench), '{"detail": {}}', unknown) == [0, 2]
    assert found(bench).status == "COMPLETED"


def test_a_try_that_was_overtaken_changes_nothing(bench: Bench) -> None:
    old = asked(bench)
    asked(bench, at=NOON + timedelta(minutes=20))
    assert bench.deliver(old) == []
    assert found(bench).status == "PENDING"


def test_a_job_fails_openly_while_scores_cannot_be_read_and_is_done_when_they_can(bench: Bench) -> None:
    job = asked(bench)
    with bench.refuse("Query"):
        assert bench.deliver(job) == [0]
    assert (found(bench).status, found(bench).error) == ("FAILED", "BusDown")
    assert bench.deliver(job) == []
    assert (found(bench).status, found(bench).error, len(found(bench).days)) == ("COMPLETED", None, 1)


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_at_any_call_leaves_a_job_another_can_finish(bench: Bench, after: bool) -> None:
    for call in range(1, 20):
        job = asked(bench, at=NOON + timedelta(hours=call))
        try:
            with bench.kill_at(call, after=after):
                bench.deliver(job)
        except Killed:
            assert bench.deliver(job) == []
            assert (found(bench).status, len(found(bench).days)) == ("COMPLETED", 1)
        else:
            break
    assert call > 5


def test_a_worker_is_held_for_dead_only_after_its_message_has_come_again() -> None:
    template = yaml_parse((ROOT / "services" / "sentiment" / "template.yaml").read_text("utf-8"))
    hidden = timedelta(seconds=template["Parameters"]["JobVisibilityTimeout"]["Default"])
    assert hidden < PATIENCE
