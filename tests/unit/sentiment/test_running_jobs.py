"""Jobs: asked for once or often, worked on once, and never stuck."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.events.envelope import Envelope
from services.sentiment.asking import Span
from services.sentiment.keeping import Score
from services.sentiment.running_jobs import FRESH, PATIENCE, Job, JobAsked, ask_job, run_job
from services.sentiment.telling_jobs import told_days, told_job
from tests.builders import NOON, Said, enveloped

SPAN = Span("GME", date(2021, 1, 26), date(2021, 1, 28))


class Jobs:
    """One try a span, as the table keeps it."""

    def __init__(self) -> None:
        self.kept: dict[str, Job] = {}
        self.saved: list[Job] = []

    def find(self, name: str) -> Job | None:
        return self.kept.get(name)

    def begin(self, job: Job, *, instead_of: Job | None) -> bool:
        if self.kept.get(job.span.name) != instead_of:
            return False
        self.kept[job.span.name] = job
        return True

    def save(self, job: Job) -> bool:
        last = self.kept.get(job.span.name)
        if last is None or last.asked_at != job.asked_at or last.status == "COMPLETED":
            return False
        self.kept[job.span.name] = job
        self.saved.append(job)
        return True


@dataclass
class Queue:
    waiting: list[Envelope] = field(default_factory=list)
    down: bool = False

    def put(self, asked: Envelope) -> None:
        if self.down:
            raise ConnectionError("the queue is down")
        self.waiting.append(asked)


class Scores:
    def __init__(self, *scores: Score) -> None:
        self.held = scores
        self.down = False

    def between(self, ticker: str, start: datetime, end: datetime) -> Sequence[Score]:
        if self.down:
            raise ConnectionError("the table is down")
        return [s for s in self.held if s.ticker == ticker and start <= s.posted_at < end]


@dataclass
class Clock:
    """Tells its time, and is then a second later."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


def a_kept_score(post_id: str = "p1", **changes: Any) -> Score:
    given: dict[str, Any] = {
        "ticker": "GME",
        "post_id": post_id,
        "posted_at": NOON,
        "seen": "1",
        "polarity": Decimal("0.5"),
        "method": "model",
        "author": post_id,
        "cluster": None,
        "votes": 0,
        "comments": 0,
        "event": post_id,
        "label": "positive",
    }
    return Score(**given | changes)


@dataclass
class Desk:
    jobs: Jobs = field(default_factory=Jobs)
    queue: Queue = field(default_factory=Queue)
    scores: Scores = field(default_factory=Scores)
    clock: Clock = field(default_factory=Clock)

    def ask(self, span: Span = SPAN) -> Job:
        return ask_job(span, jobs=self.jobs, queue=self.queue, now=self.clock)

    def run(self, position: int = -1) -> None:
        envelope = self.queue.waiting[position]
        said = Said(enveloped(JobAsked.read(envelope.data)))
        run_job(JobAsked.read(envelope.data), said, jobs=self.jobs, scores=self.scores, now=self.clock)
        assert said.events == []

    @property
    def job(self) -> Job:
        return self.jobs.kept[SPAN.name]


def test_a_job_is_named_for_what_is_asked_waits_and_is_then_done() -> None:
    desk = Desk(scores=Scores(a_kept_score()))
    asked = desk.ask()
    assert (asked.span.name, asked.status) == ("GME_2021-01-26_2021-01-28", "PENDING")
    desk.run()
    assert (desk.job.status, desk.job.days_done, len(desk.job.days)) == ("COMPLETED", 3, 1)
    told = told_job(desk.job, cached=True)["data"]
    assert (told["articlesProcessed"], told["articlesSkipped"], told["processingTimeMs"]) == (1, 0, 1000)
    assert (told["startedAt"], told["completedAt"], told["durationMs"]) == (
        "2021-01-27T17:00:02Z",
        "2021-01-27T17:00:03Z",
        1000,
    )


def test_a_job_asked_for_again_while_it_waits_is_the_same_and_is_queued_again() -> None:
    desk = Desk()
    first, again = desk.ask(), desk.ask()
    assert first == again
    one, other = desk.queue.waiting
    assert one == other
    desk.run()
    done = desk.job
    desk.run()
    assert desk.job == done


def test_whoever_dies_before_the_queue_has_the_job_asks_again() -> None:
    desk = Desk()
    desk.queue.down = True
    with pytest.raises(ConnectionError):
        desk.ask()
    desk.queue.down = False
    desk.ask()
    desk.run()
    assert desk.job.status == "COMPLETED"


def test_a_job_that_is_worked_on_is_left_alone() -> None:
    desk = Desk()
    desk.ask()
    desk.jobs.save(replace(desk.job, status="IN_PROGRESS", started_at=desk.clock()))
    assert desk.ask().status == "IN_PROGRESS"
    assert len(desk.queue.waiting) == 1


def test_a_job_whose_worker_is_gone_begins_anew_and_the_old_message_changes_nothing() -> None:
    desk = Desk()
    desk.ask()
    desk.jobs.save(replace(desk.job, status="IN_PROGRESS", started_at=desk.clock()))
    desk.clock.time += PATIENCE
    again = desk.ask()
    assert again.status == "PENDING"
    desk.run(0)
    assert desk.job == again
    desk.run(1)
    assert desk.job.status == "COMPLETED"


def test_a_failed_job_says_why_and_can_be_tried_again_at_once() -> None:
    desk = Desk(scores=Scores(a_kept_score()))
    desk.ask()
    desk.scores.down = True
    with pytest.raises(ConnectionError):
        desk.run()
    assert (desk.job.status, told_job(desk.job)["data"]["error"]) == ("FAILED", "ConnectionError")
    desk.scores.down = False
    assert desk.ask().status == "PENDING"
    desk.run()
    assert desk.job.status == "COMPLETED"
    assert "error" not in told_job(desk.job)["data"]


def test_a_failed_job_is_also_tried_again_by_the_queue() -> None:
    desk = Desk(scores=Scores(a_kept_score()))
    desk.ask()
    desk.scores.down = True
    with pytest.raises(ConnectionError):
        desk.run()
    desk.scores.down = False
    desk.run()
    assert (desk.job.status, desk.job.error) == ("COMPLETED", None)


def test_an_answer_is_given_again_for_an_hour_and_then_made_anew() -> None:
    desk = Desk()
    desk.ask()
    desk.run()
    assert desk.ask().status == "COMPLETED"
    desk.clock.time += FRESH
    assert desk.ask().status == "PENDING"


def test_who_is_overtaken_while_asking_gets_what_the_other_asked() -> None:
    desk = Desk()
    other = Job(SPAN, NOON - timedelta(seconds=5))

    class Overtaken(Jobs):
        def begin(self, job: Job, *, instead_of: Job | None) -> bool:
            self.kept[SPAN.name] = other
            return False

    desk.jobs = Overtaken()
    assert desk.ask() == other
    assert [JobAsked.read(e.data).asked_at for e in desk.queue.waiting] == [other.asked_at]


def test_a_long_job_says_how_far_it_is() -> None:
    desk = Desk()
    desk.ask(Span("GME", date(2021, 1, 1), date(2021, 3, 31)))
    desk.run()
    assert [job.days_done for job in desk.jobs.saved] == [0, 30, 60, 90]


def test_days_without_talk_are_absent_and_the_lexicon_counts_only_alone() -> None:
    before = NOON - timedelta(days=1)
    desk = Desk(
        scores=Scores(
            a_kept_score("p1"),
            a_kept_score("p2", polarity=Decimal("-0.9"), label="negative"),
            a_kept_score("p3", polarity=Decimal("0.9"), method="fallback"),
            a_kept_score(
                "p4", posted_at=before, polarity=Decimal("-0.2"), label="negative", method="fallback"
            ),
        )
    )
    desk.ask()
    desk.run()
    assert told_days(SPAN, desk.job.days, cached=True)["data"]["dailySentiment"] == [
        {
            "date": "2021-01-26",
            "positive": 0,
            "negative": 1,
            "neutral": 0,
            "sentimentScore": -0.2,
            "classification": "NEG",
            "articleCount": 1,
            "skippedCount": 0,
            "fallbackCount": 1,
        },
        {
            "date": "2021-01-27",
            "positive": 1,
            "negative": 1,
            "neutral": 0,
            "sentimentScore": -0.2,
            "classification": "NEUT",
            "articleCount": 2,
            "skippedCount": 1,
            "fallbackCount": 0,
        },
    ]
