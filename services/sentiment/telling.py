"""Answers what is asked about talk that was scored: by day, by hour, by label, and jobs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

from services.sentiment import charting
from services.sentiment.adding_up import day_of
from services.sentiment.asking import (
    Asked,
    asked_end,
    asked_hours,
    asked_one_of,
    asked_span,
    asked_ticker,
    asked_tickers,
)
from services.sentiment.keeping import Score
from services.sentiment.legacy import RequestRefused
from services.sentiment.replying import Problem, answered, refused
from services.sentiment.running_jobs import Clock, Job, stands
from services.sentiment.telling_jobs import told_days, told_job

DAYS_AT_ONCE = 31
HOURS_OF_ALL = timedelta(hours=24)
MOST_TALKED_OF = 300
"""More tickers than this are not read one by one within an answer's time."""


class Scores(Protocol):
    def active(self, start: datetime, end: datetime) -> Sequence[str]: ...

    def between(self, ticker: str, start: datetime, end: datetime) -> Sequence[Score]: ...


class Mentions(Protocol):
    def moments(self, ticker: str, start: datetime, end: datetime) -> Sequence[datetime]: ...


class Jobs(Protocol):
    def find(self, name: str) -> Job | None: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What can be told from."""

    scores: Scores
    mentions: Mentions
    jobs: Jobs
    now: Clock


def answer_history(request: dict[str, Any], context: object = None, *, told: Told) -> dict[str, Any]:
    """Answers an API Gateway proxy request. A refusal is a problem that names the field and the remedy."""
    path = str(request.get("resource") or request.get("path"))
    asked = (request.get("queryStringParameters") or {}) | (request.get("pathParameters") or {})
    try:
        return answered(_route(path, request.get("httpMethod"))(asked, told))
    except RequestRefused as refusal:
        return refused(request, Problem(HTTPStatus.BAD_REQUEST, str(refusal), refusal.field), allow="GET")
    except Problem as problem:
        return refused(request, problem, allow="GET")


def _route(path: str, method: str | None) -> Callable[[Asked, Told], Mapping[str, Any]]:
    if path not in _ROUTES:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is nothing here; ask for one of {', '.join(_ROUTES)}")
    if method != "GET":
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not answered here; use GET")
    return _ROUTES[path]


def _job(asked: Asked, told: Told) -> Mapping[str, Any]:
    name = str(asked.get("jobId", ""))[:64]
    if job := told.jobs.find(name):
        return told_job(job)
    missing = f"Job not found: {name}"
    remedy = "jobs are kept for a day; post ticker, startDate and endDate to /sentiment"
    raise Problem(HTTPStatus.NOT_FOUND, f"{missing}; {remedy}", "jobId", error=missing)


def _days(asked: Asked, told: Told) -> Mapping[str, Any]:
    span = asked_span(asked)
    job = told.jobs.find(span.name)
    if job and job.status == "COMPLETED" and stands(job, told.now()):
        return told_days(span, job.days, cached=True)
    if len(span.days) > DAYS_AT_ONCE:
        raise RequestRefused(
            "startDate",
            f"send at most {DAYS_AT_ONCE} days, or post ticker, startDate and endDate to /sentiment first",
        )
    each = (day_of(span.ticker, date, told.scores) for date in span.days)
    return told_days(span, [day for day in each if day], cached=False)


def _hourly(asked: Asked, told: Told) -> Mapping[str, Any]:
    tickers, end = asked_tickers(asked), asked_end(asked, told.now())
    starts = charting.buckets(end, charting.HOUR, asked_hours(asked))
    return charting.hourly({one: told.mentions.moments(one, starts[0], end) for one in tickers}, starts)


def _velocity(asked: Asked, told: Told) -> Mapping[str, Any]:
    tickers, end = asked_tickers(asked), asked_end(asked, told.now())
    start = end - charting.RECENT - timedelta(days=charting.USUAL_DAYS)
    found = [charting.velocity(one, told.mentions.moments(one, start, end), end) for one in tickers]
    return {"series": found, "end": end.astimezone(UTC).isoformat()}


def _histogram(asked: Asked, told: Told) -> Mapping[str, Any]:
    end, hours = asked_end(asked, told.now()), asked_hours(asked)
    start = end - timedelta(hours=hours)
    tickers = [asked_ticker(asked)] if "ticker" in asked else _talked_of(start, end, told)
    return charting.histogram([score for one in tickers for score in told.scores.between(one, start, end)])


def _talked_of(start: datetime, end: datetime, told: Told) -> Sequence[str]:
    if end - start > HOURS_OF_ALL:
        raise RequestRefused("hours", "send at most 24, or name a ticker")
    tickers = told.scores.active(start, end)
    if len(tickers) > MOST_TALKED_OF:
        raise RequestRefused("ticker", f"send one; {len(tickers):,} were spoken of in these hours")
    return tickers


def _timeline(asked: Asked, told: Told) -> Mapping[str, Any]:
    ticker, end = asked_ticker(asked), asked_end(asked, told.now())
    period = asked_one_of(asked, "period", tuple(charting.PERIODS))
    metric = asked_one_of(asked, "metric", charting.METRICS)
    width, count = charting.PERIODS[period]
    starts = charting.buckets(end, width, count)
    data = charting.timeline(told.scores.between(ticker, starts[0], end), starts, width, metric)
    return {"ticker": ticker, "period": period, "metric": metric, "data": data}


_ROUTES = {
    "/sentiment": _days,
    "/sentiment/job/{jobId}": _job,
    "/sentiment/histogram": _histogram,
    "/sentiment/timeline": _timeline,
    "/mentions/hourly": _hourly,
    "/mentions/velocity": _velocity,
}
