"""The HTTP front on the embedded target: old clients' shapes, through API Gateway to the packaged Lambdas."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.builders import a_post, a_quote
from tests.eventually import eventually
from tools.tape.briefing import posted
from tools.tape.errors import TapeError
from tools.tape.platform import Platform

QUIET = datetime(2021, 4, 6, 14, 30, tzinfo=UTC)
"""A day nobody else's posts are of."""


@pytest.fixture(scope="module")
def url(platform: Platform) -> str:
    found = platform.api_url()
    assert found is not None
    return found


def _answer(response: requests.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def test_health_and_greeting(url: str) -> None:
    health = _answer(requests.get(f"{url}/health", timeout=30))
    assert (health["status"], health["model_loaded"]) == ("ok", True)
    assert requests.get(f"{url}/", timeout=30).text == "Hello"


def test_the_first_services_clients_get_counts_and_their_hash(url: str) -> None:
    sent = {"hash": "12345", "text": ["Record profit, shares soar.", "They went bankrupt.", "It is Tuesday."]}
    counts = _answer(requests.post(f"{url}/sentiment", json=sent, timeout=30))
    assert counts["hash"] == "12345"
    assert sum(int(counts[label][0]) for label in ("positive", "neutral", "negative")) == 3
    assert int(counts["positive"][0]) >= 1
    assert int(counts["negative"][0]) >= 1


def test_predictions_are_read_by_both_old_clients(url: str) -> None:
    closes = [100 + (n * 37 % 11) for n in range(120)]
    sent: Any = {
        "ticker": "X",
        "close": closes,
        "volume": [1000 + n for n in range(120)],
        "positive": [n % 5 for n in range(120)],
        "negative": [n % 3 for n in range(120)],
        "sentiment": [n % 4 for n in range(120)],
    }
    answer = _answer(requests.post(f"{url}/predict", json=sent, timeout=60))
    assert answer["ticker"] == "X"
    for name in ("next", "week", "month"):
        score, label = answer[name].split(" ")
        assert 0 <= float(score) <= 1
        assert label in ("0", "1")


@pytest.fixture(scope="module")
def scored(platform: Platform) -> list[str]:
    """Posts that were scored on a day of their own, an hour apart."""
    said = ["GME had a wonderful quarter.", "I am very happy with GME.", "GME is terrible, I lost it all."]
    for number, text in enumerate(said):
        start, at = text.index("GME"), QUIET + timedelta(hours=number)
        found = {"ticker": "GME", "confidence": "0.9", "start": start, "end": start + 3, "how": "symbol"}
        post = a_post(
            post_id=f"reddit:t1_http{number}",
            title="",
            text=text,
            kind="comment",
            created_at=at,
            author=f"author-{number}",
            cluster=None,
            tickers=[found],
        )
        platform.publish(post, key=post.post_id, at=at)
    eventually(lambda: len(_rows(platform)) == len(said), within=120, every=1)
    return said


def _rows(platform: Platform) -> list[dict[str, Any]]:
    return [row for row in platform.rows("Scores") if row["pk"] == "TICKER#GME#2021-04-06"]


def test_a_job_is_asked_for_worked_on_and_its_days_are_told(url: str, scored: list[str]) -> None:
    days = {"ticker": "GME", "startDate": "2021-03-10", "endDate": "2021-04-20"}
    asked = _answer(requests.post(f"{url}/sentiment", json=days, timeout=30))["data"]
    assert (asked["jobId"], asked["status"]) == ("GME_2021-03-10_2021-04-20", "PENDING")

    def job() -> Any:
        return _answer(requests.get(f"{url}/sentiment/job/{asked['jobId']}", timeout=30))["data"]

    eventually(lambda: job()["status"] == "COMPLETED", within=120, every=0.5)
    assert (job()["articlesProcessed"], job()["progress"]) == (len(scored), {"daysDone": 42, "days": 42})
    again = _answer(requests.post(f"{url}/sentiment", json=days, timeout=30))["data"]
    assert (again["status"], again["cached"], again["askedAt"]) == ("COMPLETED", True, asked["askedAt"])

    told = _answer(requests.get(f"{url}/sentiment", params=days, timeout=30))["data"]
    (day,) = told["dailySentiment"]
    assert told["cached"] is True
    assert (day["date"], day["positive"], day["negative"], day["classification"]) == (
        "2021-04-06",
        2,
        1,
        "POS",
    )


def test_the_talk_is_told_hour_by_hour_and_by_label(url: str, scored: list[str]) -> None:
    end = "2021-04-06T16:45:00Z"
    asked = {"tickers": "GME,NOBODY", "hours": "4", "end": end}
    hourly = _answer(requests.get(f"{url}/mentions/hourly", params=asked, timeout=30))
    assert hourly["labels"][-1] == "2021-04-06T16:00:00+00:00"
    assert [series["data"] for series in hourly["series"]] == [[0, 1, 1, 1], [0, 0, 0, 0]]
    velocity = _answer(requests.get(f"{url}/mentions/velocity", params=asked, timeout=30))
    assert [series["recent"] for series in velocity["series"]] == [3, 0]
    of_one = {"ticker": "GME", "end": end}
    histogram = _answer(requests.get(f"{url}/sentiment/histogram", params=of_one, timeout=30))
    assert histogram == {"positive": 2, "neutral": 0, "negative": 1, "total": 3, "fallback": 0}
    timeline = _answer(requests.get(f"{url}/sentiment/timeline", params=of_one, timeout=30))
    assert [bar["total"] for bar in timeline["data"]] == [0] * 21 + [1, 1, 1]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/sentiment", 400, "ticker"),
        ("/sentiment?ticker=GME&startDate=2021-01-02&endDate=2021-01-01", 400, "startDate"),
        ("/sentiment/job/GME", 404, "jobId"),
        ("/sentiment/timeline?ticker=GME&period=year", 400, "period"),
        ("/mentions/hourly", 400, "tickers"),
        ("/mentions/hourly?tickers=GME&hours=169", 400, "hours"),
    ],
)
def test_a_bad_question_is_a_problem_that_names_the_parameter(
    url: str, path: str, status: int, field: str
) -> None:
    response = requests.get(f"{url}{path}", timeout=30)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["field"] == field


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/sentiment", "{", "body"),
        ("/sentiment", json.dumps({"hash": "1"}), "text"),
        ("/sentiment", json.dumps({"text": ""}), "text"),
        ("/sentiment", json.dumps({"ticker": "GME"}), "startDate"),
        ("/sentiment/batch", json.dumps({"texts": []}), "texts"),
        ("/predict", json.dumps({"ticker": "X", "close": [1, 2]}), "volume"),
        ("/predict", "[]", "body"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(url: str, path: str, body: str, field: str) -> None:
    response = requests.post(f"{url}{path}", data=body, timeout=30)
    assert 400 <= response.status_code < 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["field"] == field


def test_a_question_is_answered_from_what_the_bus_told(platform: Platform, url: str) -> None:
    quote = a_quote(ticker="QQQX", price="12.34", previous_close="12.00", change_pct="2.83")
    platform.publish(quote, key="asked-about", at=quote.as_of)
    platform.settle()
    answer = _answer(requests.post(f"{url}/ai/ask", json={"prompt": "What is $QQQX worth?"}, timeout=60))
    assert (answer["gate_outcome"], answer["result_type"], answer["model"]) == ("ANSWER", "prices", "router")
    assert "QQQX was quoted at $12.34, +2.83%" in answer["answer"]
    judged = {"trace_id": answer["trace_id"], "thumbs_up": True}
    assert _answer(requests.post(f"{url}/ai/feedback", json=judged, timeout=30)) == {"status": "ok"}
    assert _answer(requests.post(f"{url}/ai/ask", json={"prompt": ""}, timeout=30), 422)["field"] == "prompt"
    assert _answer(requests.get(f"{url}/ai/health", timeout=30)) == {"status": "ok", "version": "1"}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/ai/prompt", {"prompt": "Why?"}, "no language model is configured"),
        ("/briefing/preview", {"tickers": ["GME"], "date": "1999-01-04"}, "there is no summary of it"),
    ],
)
def test_what_takes_a_signature_is_refused_without_one(
    platform: Platform, url: str, path: str, body: dict[str, Any], said: str
) -> None:
    assert requests.post(f"{url}{path}", json=body, timeout=30).status_code in (403, 404)
    with pytest.raises(TapeError, match=said):
        posted(platform, path, body)
