"""Jobs: what a client asks to have added up over days, how far it is, and when it may be asked again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from contracts.events.envelope import Envelope, Event, Instant, Publish, announce
from services.sentiment.adding_up import Day, Scores, day_of
from services.sentiment.asking import Span

Status = Literal["PENDING", "IN_PROGRESS", "COMPLETED", "FAILED"]
Clock = Callable[[], datetime]

FRESH = timedelta(hours=1)
"""How long an answer is given again; posts arrive, are edited and removed, and are read anew."""
PATIENCE = timedelta(minutes=15)
"""A worker that began longer ago is held for dead. Longer than its queue hides a message."""
DAYS_A_STEP = 30
"""After so many days a job says how far it is."""


class JobAsked(Event, source="tickertape.sentiment", detail_type="JobAsked", about=("job_id", "asked_at")):
    """A job waits to be worked on; never on the bus. *asked_at* tells one try from the next."""

    job_id: str
    asked_at: Instant


@dataclass(frozen=True, slots=True)
class Job:
    """One try at a span; *days* are those on which somebody spoke, once it is completed."""

    span: Span
    asked_at: datetime
    status: Status = "PENDING"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    days_done: int = 0
    days: tuple[Day, ...] = ()
    error: str | None = None


class Jobs(Protocol):
    def find(self, name: str) -> Job | None: ...

    def begin(self, job: Job, *, instead_of: Job | None) -> bool:
        """False, and nothing is kept, when another try than *instead_of* stands there by now."""
        ...

    def save(self, job: Job) -> bool:
        """False, and nothing is kept, when the try is completed, or another one has begun."""
        ...


class Queue(Protocol):
    def put(self, asked: Envelope) -> None: ...


def ask_job(span: Span, *, jobs: Jobs, queue: Queue, now: Clock) -> Job:
    """The job for a span: the one that stands, or a new try. Safe to repeat.

    A failed job may be tried again at once, as may one whose worker is gone.
    """
    last = jobs.find(span.name)
    job = last if last and stands(last, now()) else Job(span, asked_at=now())
    if job is not last and not jobs.begin(job, instead_of=last):
        return ask_job(span, jobs=jobs, queue=queue, now=now)  # another was quicker: decide on what it left
    if job.status == "PENDING":  # also of a repeat: whoever asked first may have died before this
        queue.put(_asked(job))
    return job


def stands(job: Job, now: datetime) -> bool:
    """Whether a job is to be waited for, or its answer to be given again."""
    if job.status == "IN_PROGRESS":
        return job.started_at is not None and now - job.started_at < PATIENCE
    if job.status == "COMPLETED":
        return job.ended_at is not None and now - job.ended_at < FRESH
    return job.status == "PENDING"


def run_job(asked: JobAsked, publish: Publish, *, jobs: Jobs, scores: Scores, now: Clock) -> None:
    """Adds the days up and keeps them. A repeat of a completed or an overtaken try changes nothing.

    Raises what the scores raise, after the job is marked as failed: the queue then tries it again, and so
    may the client.
    """
    job = jobs.find(asked.job_id)
    if job is None or job.asked_at != asked.asked_at:
        return
    begun = replace(job, status="IN_PROGRESS", started_at=now(), ended_at=None, days_done=0, error=None)
    if not jobs.save(begun):
        return
    try:
        days = _added_up(begun, jobs, scores)
    except Exception as error:
        jobs.save(replace(begun, status="FAILED", ended_at=now(), error=type(error).__name__))
        raise
    done = len(job.span.days)
    jobs.save(replace(begun, status="COMPLETED", ended_at=now(), days_done=done, days=days))


def _added_up(job: Job, jobs: Jobs, scores: Scores) -> tuple[Day, ...]:
    found: list[Day] = []
    for done, date in enumerate(job.span.days):
        if done and done % DAYS_A_STEP == 0:
            jobs.save(replace(job, days_done=done))
        if day := day_of(job.span.ticker, date, scores):
            found.append(day)
    return tuple(found)


def _asked(job: Job) -> Envelope:
    asked = JobAsked(job_id=job.span.name, asked_at=job.asked_at)
    return announce(asked, key=asked.subject, at=job.asked_at)
