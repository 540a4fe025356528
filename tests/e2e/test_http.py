"""The HTTP front on the embedded target: old clients' shapes, through API Gateway to the packaged Lambdas."""

import json
from typing import Any

import pytest
import requests

from tools.tape.platform import Platform


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


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/sentiment", "{", "body"),
        ("/sentiment", json.dumps({"hash": "1"}), "text"),
        ("/sentiment", json.dumps({"text": ""}), "text"),
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
