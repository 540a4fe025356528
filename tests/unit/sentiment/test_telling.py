"""What is told over HTTP about talk that was scored: charts by hour and label, days, and refusals."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sentiment.asking import Span
from services.sentiment.keeping import Score
from services.sentiment.running_jobs import Job
from services.sentiment.telling import Told, answer_history
from tests.builders import NOON

NOW = NOON + timedelta(minutes=30)


class Talk:
    """Scores, and the moments of their posts."""

    def __init__(self, *scores: Score) -> None:
        self.scores = scores

    def active(self, start: datetime, end: datetime) -> Sequence[str]:
        return sorted({score.ticker for score in self.scores if start <= score.posted_at < end})

    def between(self, ticker: str, start: datetime, end: datetime) -> Sequence[Score]:
        return [s for s in self.scores if s.ticker == ticker and start <= s.posted_at < end]

    def moments(self, ticker: str, start: datetime, end: datetime) -> Sequence[datetime]:
        return [score.posted_at for score in self.between(ticker, start, end)]


class Jobs(dict[str, Job]):
    def find(self, name: str) -> Job | None:
        return self.get(name)


def said(*ago: timedelta, ticker: str = "GME", **changes: Any) -> list[Score]:
    """A positive post of its own author at each time before NOW."""
    given: dict[str, Any] = {
        "seen": "1",
        "polarity": Decimal("0.5"),
        "method": "model",
        "cluster": None,
        "votes": 0,
        "comments": 0,
        "label": "positive",
    } | changes
    names = [f"{ticker}-{before}" for before in ago]
    return [
        Score(
            ticker=ticker,
            post_id=name,
            posted_at=NOW - before,
            event=name,
            **{"author": name} | given,
        )
        for name, before in zip(names, ago, strict=True)
    ]


def asked(
    path: str, talk: Talk | None = None, jobs: Jobs | None = None, /, **query: str
) -> tuple[int, dict[str, Any]]:
    in_path = {"jobId": query.pop("jobId")} if "jobId" in query else None
    request = {
        "resource": path,
        "httpMethod": "GET",
        "queryStringParameters": query or None,
        "pathParameters": in_path,
        "requestContext": {"requestId": "request-7"},
    }
    talk = talk or Talk()
    answer = answer_history(request, told=Told(talk, talk, jobs or Jobs(), lambda: NOW))
    kind = "application/json" if answer["statusCode"] == 200 else "application/problem+json"
    assert answer["headers"]["Content-Type"] == kind
    return answer["statusCode"], json.loads(answer["body"])


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_mentions_are_counted_by_utc_hours_with_zeros_between() -> None:
    talk = Talk(*said(MINUTE, 2 * MINUTE, 2 * HOUR), *said(3 * HOUR, ticker="AMC"))
    status, answer = asked("/mentions/hourly", talk, tickers="gme, AMC,GME", hours="3")
    assert status == 200
    assert answer == {
        "labels": [
            "2021-01-27T15:00:00+00:00",
            "2021-01-27T16:00:00+00:00",
            "2021-01-27T17:00:00+00:00",
        ],
        "series": [{"symbol": "GME", "data": [1, 0, 2]}, {"symbol": "AMC", "data": [0, 0, 0]}],
        "hours": 3,
    }


def test_hours_are_those_before_the_moment_asked_for() -> None:
    talk = Talk(*said(MINUTE, 2 * HOUR))
    status, answer = asked(
        "/mentions/hourly", talk, tickers="GME", hours="1", end="2021-01-27T16:59:00+01:00"
    )
    assert (status, answer["labels"]) == (200, ["2021-01-27T15:00:00+00:00"])
    assert answer["series"][0]["data"] == [1]


def test_velocity_is_the_last_day_against_the_seven_before_it() -> None:
    quiet = [DAY * n + HOUR for n in range(1, 8)]
    talk = Talk(*said(*quiet, *[MINUTE * n for n in range(1, 4)]))
    _, answer = asked("/mentions/velocity", talk, tickers="GME,AMC")
    assert answer["series"] == [
        {"symbol": "GME", "recent": 3, "usual": 1.0, "velocity": 1.0, "level": "medium"},
        {"symbol": "AMC", "recent": 0, "usual": 0.0, "velocity": 0.0, "level": "low"},
    ]


@pytest.mark.parametrize(("posts", "level"), [(0, "low"), (1, "medium"), (2, "high"), (10, "high")])
def test_talk_out_of_silence_has_a_level(posts: int, level: str) -> None:
    _, answer = asked(
        "/mentions/velocity", Talk(*said(*[MINUTE * n for n in range(1, posts + 1)])), tickers="GME"
    )
    assert answer["series"][0]["level"] == level


def test_labels_are_counted_for_a_ticker_or_for_all() -> None:
    talk = Talk(
        *said(MINUTE, 2 * MINUTE),
        *said(3 * MINUTE, label="negative", method="fallback"),
        *said(HOUR, ticker="AMC", label="neutral"),
        *said(25 * HOUR, label="negative"),
    )
    assert asked("/sentiment/histogram", talk, ticker="GME") == (
        200,
        {"positive": 2, "neutral": 0, "negative": 1, "total": 3, "fallback": 1},
    )
    assert asked("/sentiment/histogram", talk)[1]["total"] == 4


@pytest.mark.parametrize(("period", "bars"), [("day", 24), ("week", 7), ("month", 30)])
def test_a_timeline_has_all_its_bars(period: str, bars: int) -> None:
    _, answer = asked("/sentiment/timeline", Talk(*said(MINUTE)), ticker="GME", period=period)
    assert (answer["period"], answer["metric"], len(answer["data"])) == (period, "comments", bars)
    assert [bar["total"] for bar in answer["data"]] == [0] * (bars - 1) + [1]


def test_of_users_the_last_word_counts_once_a_bar() -> None:
    talk = Talk(
        *said(3 * MINUTE, author="a"),
        *said(2 * MINUTE, author="a", label="negative"),
        *said(MINUTE, author=None),
        *said(2 * DAY, author="a"),
    )
    _, answer = asked("/sentiment/timeline", talk, ticker="GME", period="week", metric="users")
    today, earlier = answer["data"][-1], answer["data"][-3]
    assert (today["positive"], today["negative"], today["total"]) == (0, 1, 1)
    assert (earlier["positive"], earlier["timestamp"]) == (1, "2021-01-25T00:00:00+00:00")


SPAN = {"ticker": "GME", "startDate": "2021-01-27", "endDate": "2021-01-27"}


def test_days_are_added_up_at_once_or_taken_from_a_fresh_job() -> None:
    talk = Talk(*said(MINUTE))
    _, at_once = asked("/sentiment", talk, **SPAN)
    assert at_once["data"]["cached"] is False
    assert [day["articleCount"] for day in at_once["data"]["dailySentiment"]] == [1]
    span = Span("GME", date(2021, 1, 27), date(2021, 1, 27))
    job = Job(span, NOW - 2 * HOUR, "COMPLETED", started_at=NOW - MINUTE, ended_at=NOW - MINUTE)
    _, kept = asked("/sentiment", talk, Jobs({span.name: job}), **SPAN)
    assert (kept["data"]["cached"], kept["data"]["dailySentiment"]) == (True, [])
    old = replace(job, ended_at=NOW - 2 * HOUR)
    assert asked("/sentiment", talk, Jobs({span.name: old}), **SPAN)[1]["data"]["cached"] is False


def test_a_job_nobody_asked_for_is_not_found_in_the_old_words() -> None:
    status, problem = asked("/sentiment/job/{jobId}", jobId="GME_1_2")
    assert (status, problem["error"], problem["field"]) == (404, "Job not found: GME_1_2", "jobId")


def test_a_job_is_told_by_its_name() -> None:
    span = Span("GME", date(2021, 1, 27), date(2021, 1, 27))
    status, told = asked("/sentiment/job/{jobId}", None, Jobs({span.name: Job(span, NOW)}), jobId=span.name)
    assert (status, told["data"]["status"], told["data"]["jobId"]) == (200, "PENDING", span.name)


MANY = ",".join(f"A{n}" for n in range(21))


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/mentions/hourly", {}, "tickers"),
        ("/mentions/hourly", {"tickers": " , "}, "tickers"),
        ("/mentions/hourly", {"tickers": MANY}, "tickers"),
        ("/mentions/hourly", {"tickers": "GME,<script>"}, "tickers"),
        ("/mentions/hourly", {"tickers": "GME", "hours": "0"}, "hours"),
        ("/mentions/hourly", {"tickers": "GME", "hours": "169"}, "hours"),
        ("/mentions/hourly", {"tickers": "GME", "hours": "-1"}, "hours"),
        ("/mentions/hourly", {"tickers": "GME", "hours": "٣"}, "hours"),
        ("/mentions/hourly", {"tickers": "GME", "hours": "9" * 5000}, "hours"),
        ("/mentions/hourly", {"tickers": "GME", "end": "2021-01-27T17:00:00"}, "end"),
        ("/mentions/hourly", {"tickers": "GME", "end": "0001-01-01T00:00:00+09:00"}, "end"),
        ("/mentions/hourly", {"tickers": "GME", "end": "yesterday"}, "end"),
        ("/mentions/velocity", {"tickers": "lower case"}, "tickers"),
        ("/sentiment/histogram", {"ticker": ""}, "ticker"),
        ("/sentiment/histogram", {"hours": "25"}, "hours"),
        ("/sentiment/timeline", {}, "ticker"),
        ("/sentiment/timeline", {"ticker": "GME", "period": "year"}, "period"),
        ("/sentiment/timeline", {"ticker": "GME", "metric": "likes"}, "metric"),
        ("/sentiment", {}, "ticker"),
        ("/sentiment", {"ticker": "GME"}, "startDate"),
        ("/sentiment", {"ticker": "GME", "startDate": "2021-1-1", "endDate": "2021-01-02"}, "startDate"),
        ("/sentiment", {"ticker": "GME", "startDate": "20210101", "endDate": "2021-01-02"}, "startDate"),
        ("/sentiment", {"ticker": "GME", "startDate": "2021-01-01", "endDate": "2021-02-01"}, "startDate"),
    ],
)
def test_what_cannot_be_answered_names_the_parameter_and_the_remedy(
    path: str, query: dict[str, str], field: str
) -> None:
    status, problem = asked(path, **query)
    assert (status, problem["field"], problem["instance"]) == (400, field, "request-7")
    assert problem["detail"].startswith(f"{field}: send ")


def test_all_tickers_of_a_loud_day_are_too_many_for_one_answer() -> None:
    talk = Talk(*(score for n in range(301) for score in said(MINUTE, ticker=f"A{n}")))
    status, problem = asked("/sentiment/histogram", talk)
    assert (status, problem["field"]) == (400, "ticker")


def test_another_path_or_method_says_what_there_is() -> None:
    assert asked("/sentiment/moods")[0] == 404
    request = {"resource": "/mentions/hourly", "httpMethod": "DELETE"}
    answer = answer_history(request, told=Told(Talk(), Talk(), Jobs(), lambda: datetime.now(UTC)))
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "GET")


WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["GME", "2021-01-27", "2099-12-31", "24", "day", "users", "2099-12-31T23:59:59-23:59", "²"]
    ),
)
QUERIES = st.dictionaries(
    st.sampled_from(["ticker", "tickers", "startDate", "endDate", "hours", "end", "period", "metric"]), WORDS
)
PATHS = (
    "/sentiment",
    "/sentiment/histogram",
    "/sentiment/timeline",
    "/mentions/hourly",
    "/mentions/velocity",
)


@given(st.sampled_from(PATHS), QUERIES)
def test_whatever_is_asked_is_answered_or_refused_with_the_parameter(
    path: str, query: dict[str, str]
) -> None:
    request = {"resource": path, "httpMethod": "GET", "queryStringParameters": query}
    answer = answer_history(request, told=Told(Talk(), Talk(), Jobs(), lambda: NOW))
    told = json.loads(answer["body"])
    assert answer["statusCode"] == 200 or (
        answer["statusCode"] == 400 and told["detail"].startswith(told["field"])
    )
