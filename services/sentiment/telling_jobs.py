"""A job and its days, in the shapes clients of the older service read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.events.envelope import instant_text
from services.sentiment.adding_up import Day
from services.sentiment.asking import Span
from services.sentiment.running_jobs import Job
from services.sentiment.scoring import Label

_CLASSES: dict[Label, str] = {"positive": "POS", "negative": "NEG", "neutral": "NEUT"}


def told_job(job: Job, *, cached: bool = False) -> dict[str, Any]:
    """What is not known yet is absent. *cached* says that the answer was there before it was asked for."""
    told = {
        "jobId": job.span.name,
        "status": job.status,
        **_span(job.span),
        "cached": cached,
        "progress": {"daysDone": job.days_done, "days": len(job.span.days)},
        "askedAt": instant_text(job.asked_at),
        "startedAt": _moment(job.started_at),
        "completedAt": _moment(job.ended_at),
        "durationMs": _milliseconds(job),
        "error": job.error,
    }
    figures = _figures(job) if job.status == "COMPLETED" else {}
    return {"data": {name: value for name, value in told.items() if value is not None} | figures}


def told_days(span: Span, days: Sequence[Day], *, cached: bool) -> dict[str, Any]:
    """Days on which nobody spoke are absent: they are not neutral."""
    return {"data": {**_span(span), "dailySentiment": [_day(day) for day in days], "cached": cached}}


def _span(span: Span) -> dict[str, str]:
    return {"ticker": span.ticker, "startDate": str(span.start), "endDate": str(span.end)}


def _figures(job: Job) -> dict[str, Any]:
    """Skipped are posts the model could not read on days on which it read others."""
    return {
        "articlesProcessed": sum(day.posts for day in job.days),
        "articlesSkipped": sum(day.skipped for day in job.days),
        "processingTimeMs": _milliseconds(job),
    }


def _day(day: Day) -> dict[str, Any]:
    return {
        "date": str(day.date),
        "positive": day.positive,
        "negative": day.negative,
        "neutral": day.neutral,
        "sentimentScore": float(day.polarity),
        "classification": _CLASSES[day.label],
        "articleCount": day.posts,
        "skippedCount": day.skipped,
        "fallbackCount": day.fallback,
    }


def _moment(moment: datetime | None) -> str | None:
    return instant_text(moment) if moment else None


def _milliseconds(job: Job) -> int | None:
    if job.started_at is None or job.ended_at is None:
        return None
    return round((job.ended_at - job.started_at).total_seconds() * 1000)
