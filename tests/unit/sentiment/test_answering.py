"""Answering texts over HTTP: the older shapes, kept, and refusals that say what to do."""

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sentiment.answering import LARGEST_BODY, AskJob, ReadTexts, answer_sentiment
from services.sentiment.asking import Span
from services.sentiment.running_jobs import Job
from services.sentiment.scoring import Reading, reading
from tests.builders import NOON


def read(texts: Sequence[str]) -> list[Reading]:
    """Glad of what is up, sad of what is down, else indifferent."""
    shares = {"up": (0.05, 0.1, 0.85), "down": (0.9, 0.1, 0.0)}
    return [
        reading(shares.get(text.split()[-1], (0.1, 0.8, 0.1)), method="model", model="minilm-l6", version="1")
        for text in texts
    ]


def no_jobs(span: Span) -> Job:
    raise AssertionError(f"nobody asked for {span.name}")


def answer(request: dict[str, Any], read: ReadTexts = read, ask: AskJob = no_jobs) -> dict[str, Any]:
    return answer_sentiment(request, read=read, ask=ask)


def proxied(body: str | None, path: str = "/sentiment", **changes: Any) -> dict[str, Any]:
    request = {
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {"requestId": "request-7"},
    }
    return request | changes


def asked(body: object, path: str = "/sentiment", **changes: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return answer(proxied(text, path, **changes))


def told(reply: dict[str, Any], status: int = 200) -> dict[str, Any]:
    assert reply["statusCode"] == status, reply
    wanted = "application/json" if status == 200 else "application/problem+json"
    assert reply["headers"]["Content-Type"] == wanted
    content: dict[str, Any] = json.loads(reply["body"])
    return content


def test_one_text_gets_its_reading_and_who_read_it() -> None:
    assert told(asked({"text": "it goes up"})) == {
        "sentiment": 0.8,
        "confidence": 0.85,
        "label": "positive",
        "probabilities": {"negative": 0.05, "neutral": 0.1, "positive": 0.85},
        "method": "model",
        "model": "minilm-l6",
        "model_version": "1",
    }


@pytest.mark.parametrize(
    "body",
    [
        '{"text": ["it goes up", "so far up", "it goes down"], "hash": "12345"}',
        '{"hash": "12345", "text": ["it goes up", "so far up", "it goes down"]}',
    ],
)
def test_sentences_with_a_hash_are_counted_in_any_order_of_the_keys(body: str) -> None:
    assert told(asked(body)) == {
        "positive": ["2", "0.85"],
        "neutral": ["0", "0.0"],
        "negative": ["1", "0.9"],
        "hash": "12345",
    }


def test_no_sentences_give_zeros() -> None:
    counts = told(asked({"text": [], "hash": 7}))
    assert counts == {label: ["0", "0.0"] for label in ("positive", "neutral", "negative")} | {"hash": 7}


def test_a_sentence_without_words_is_counted_nowhere() -> None:
    counts = told(asked({"text": ["", "🚀", "it goes up"], "hash": "h"}))
    assert [counts[label][0] for label in ("positive", "neutral", "negative")] == ["1", "0", "0"]


def test_a_batch_is_answered_in_its_order() -> None:
    batch = told(asked({"texts": ["it goes down", "it goes up"]}, "/sentiment/batch"))
    assert batch["count"] == 2
    assert [one["label"] for one in batch["results"]] == ["negative", "positive"]


def test_a_body_in_base64_is_read() -> None:
    body = b64encode(json.dumps({"text": "es geht über alles up"}, ensure_ascii=False).encode()).decode()
    assert told(asked(body, isBase64Encoded=True))["label"] == "positive"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("", 400, "body"),
        ("{", 400, "body"),
        ("[1]", 400, "body"),
        ("null", 400, "body"),
        ("[" * 200_000, 400, "body"),
        ('{"text": "up", "hash": NaN}', 400, "body"),
        ('{"text": "up", "hash": 1e999}', 400, "body"),
        ('{"text": "up", "hash": ' + "9" * 5000 + "}", 400, "body"),
        ({}, 400, "text"),
        ({"ticker": "GME"}, 400, "startDate"),
        ({"ticker": "not a ticker"}, 400, "ticker"),
        ({"ticker": None, "startDate": "2021-01-01", "endDate": "2021-01-02"}, 400, "ticker"),
        ({"ticker": "GME", "startDate": "2021-01-01", "endDate": "2021-02-30"}, 400, "endDate"),
        ({"ticker": "GME", "startDate": "2021-01-02", "endDate": "2021-01-01"}, 400, "startDate"),
        ({"ticker": "GME", "startDate": "2020-01-01", "endDate": "2021-12-31"}, 400, "startDate"),
        ({"ticker": "GME", "startDate": 20210101, "endDate": "2021-12-31"}, 400, "startDate"),
        ({"ticker": "GME", "startDate": "0001-01-01", "endDate": "0001-01-01"}, 400, "startDate"),
        ({"ticker": "GME", "startDate": "2021-01-01", "endDate": "9999-12-31"}, 400, "endDate"),
        ({"text": None}, 400, "text"),
        ({"text": 5}, 400, "text"),
        ({"text": ""}, 400, "text"),
        ({"text": "a" * 10_001}, 400, "text"),
        ({"text": ["up"]}, 400, "text"),
        ({"text": "   "}, 422, "text"),
        ({"text": "🚀🚀"}, 422, "text"),
        ({"hash": "h"}, 400, "text"),
        ({"text": ["up", None], "hash": "h"}, 400, "text[1]"),
        ({"text": "up", "hash": [[]]}, 400, "hash"),
        ({"text": ["up"] * 501, "hash": "h"}, 413, "text"),
        ({"text": ["a" * 100_001], "hash": "h"}, 413, "text"),
    ],
)
def test_what_cannot_be_answered_names_the_field_and_the_remedy(
    body: object, status: int, field: str
) -> None:
    problem = told(asked(body), status)
    assert problem["field"] == field
    assert problem["detail"].startswith(f"{field}: ")
    assert problem["error"] == problem["detail"]
    assert (problem["status"], problem["instance"], problem["type"]) == (status, "request-7", "about:blank")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "texts"),
        ({"texts": []}, 400, "texts"),
        ({"texts": ["up"] * 11}, 400, "texts"),
        ({"texts": ["up", 3]}, 400, "texts[1]"),
        ({"texts": ["up", " "]}, 422, "texts[1]"),
    ],
)
def test_a_batch_that_cannot_be_answered_says_which_text(body: object, status: int, field: str) -> None:
    assert told(asked(body, "/sentiment/batch"), status)["field"] == field


def test_a_body_too_large_is_refused_before_it_is_read() -> None:
    assert told(asked('{"text": "' + "a" * LARGEST_BODY + '"}'), 413)["field"] == "body"


@pytest.mark.parametrize("body", ["not base64!", "YQ", b64encode(b"\xff\xfe").decode()])
def test_bytes_that_are_no_text_are_refused(body: str) -> None:
    assert told(asked(body, isBase64Encoded=True), 400)["field"] == "body"


def test_half_a_character_is_read_like_any_other_unknown_one() -> None:
    assert told(asked('{"text": "it \\ud83d goes up"}'))["label"] == "positive"


@pytest.mark.parametrize("encoded", [True, False])
def test_a_request_without_a_body_is_told_to_send_one(encoded: bool) -> None:
    assert told(answer(proxied(None, isBase64Encoded=encoded)), 400)["field"] == "body"


def test_a_request_nobody_numbered_is_refused_like_any_other() -> None:
    assert "instance" not in told(asked("{", requestContext=None), 400)


def test_another_method_is_told_which_one_to_use() -> None:
    reply = asked("", httpMethod="GET")
    assert told(reply, 405)["detail"] == "GET is not answered here; use POST"
    assert reply["headers"]["Allow"] == "POST"


def test_another_path_is_not_found() -> None:
    assert "/sentiment/batch" in told(asked({}, "/sentiment/all"), 404)["detail"]


def test_health_says_whether_the_model_reads_or_the_lexicon_stands_in() -> None:
    def lexicon(texts: Sequence[str]) -> list[Reading]:
        shares = (0.1, 0.8, 0.1)
        return [reading(shares, method="fallback", model="vader", version="3") for _ in texts]

    request = proxied(None, "/health", httpMethod="GET")
    well = told(answer(request))
    assert (well["status"], well["model_loaded"]) == ("ok", True)
    assert well["model_info"] == {"name": "minilm-l6", "version": "1"}
    unwell = told(answer(request, lexicon))
    assert (unwell["status"], unwell["model_loaded"]) == ("degraded", False)


def test_the_root_greets_as_the_first_service_did() -> None:
    greeting = answer(proxied(None, "/", httpMethod="GET"))
    assert (greeting["statusCode"], greeting["body"]) == (200, "Hello")


def test_a_ticker_with_days_asks_for_a_job() -> None:
    body = json.dumps({"endDate": "2021-01-02", "ticker": "gme", "startDate": "2021-01-01"})
    assert told(answer(proxied(body), ask=lambda span: Job(span, NOON))) == {
        "data": {
            "jobId": "GME_2021-01-01_2021-01-02",
            "status": "PENDING",
            "ticker": "GME",
            "startDate": "2021-01-01",
            "endDate": "2021-01-02",
            "cached": False,
            "progress": {"daysDone": 0, "days": 2},
            "askedAt": "2021-01-27T17:00:00Z",
        }
    }


def test_a_text_is_read_though_a_ticker_is_sent_along() -> None:
    assert told(asked({"text": "it goes up", "ticker": "GME"}))["label"] == "positive"


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
FIELDS = st.sampled_from(["text", "texts", "hash", "ticker", "startDate", "endDate"])


@given(st.sampled_from(["/sentiment", "/sentiment/batch"]), VALUES | st.dictionaries(FIELDS, VALUES))
def test_whatever_is_sent_is_answered_or_refused_with_a_problem(path: str, body: Any) -> None:
    reply = answer(proxied(json.dumps(body), path), ask=lambda span: Job(span, NOON))
    assert reply["statusCode"] in (200, 400, 413, 422)
    assert json.loads(reply["body"]).get("status", 200) in (200, reply["statusCode"])
