"""Answers texts sent over HTTP, in the shapes clients of the older services speak."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from services.sentiment.asking import Span, asked_span
from services.sentiment.legacy import (
    RequestRefused,
    batch_answer,
    batch_request,
    count_request,
    legacy_counts,
    single_answer,
    single_request,
)
from services.sentiment.replying import Problem, answered, greeted, refused
from services.sentiment.running_jobs import Job
from services.sentiment.scoring import Reading, unscorable
from services.sentiment.telling_jobs import told_job

ReadTexts = Callable[[Sequence[str]], Sequence[Reading]]
AskJob = Callable[[Span], Job]
Body = Mapping[str, Any]

LARGEST_BODY = 1024 * 1024
"""Bytes."""
MOST_CHARACTERS = 100_000
MOST_SENTENCES = 500


def answer_sentiment(
    request: dict[str, Any], context: object = None, *, read: ReadTexts, ask: AskJob
) -> dict[str, Any]:
    """Answers an API Gateway proxy request: a count by label, readings, a job that was asked for, or health.

    What cannot be answered is told as a problem (RFC 9457) that names the field and the remedy.
    """
    path = request.get("resource") or request.get("path")
    if request.get("httpMethod") == "GET" and path in _ASKED:
        return _ASKED[path](read)
    try:
        body = _routed(path, request)
        return answered(_several(body, read) if path == "/sentiment/batch" else _one(body, read, ask))
    except Problem as problem:
        return refused(request, problem, allow="POST")
    except RequestRefused as refusal:
        return refused(request, Problem(HTTPStatus.BAD_REQUEST, str(refusal), refusal.field))


def _routed(path: str | None, request: dict[str, Any]) -> Body:
    if path not in _POSTED:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is nothing here; post to {' or '.join(_POSTED)}")
    if (method := request.get("httpMethod")) != "POST":
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not answered here; use POST")
    return _body(request)


def _one(body: Body, read: ReadTexts, ask: AskJob) -> dict[str, Any]:
    """Three clients post to one path: a hash asks for counts, a text for a reading, a ticker for a job."""
    if "hash" in body:
        return _counts(body, read)
    if "text" in body:
        (found,) = _read([("text", single_request(body))], read)
        return _told(single_answer(found), found)
    if "ticker" in body:
        job = ask(asked_span(body))
        return told_job(job, cached=job.status == "COMPLETED")
    raise RequestRefused(
        "text",
        'send {"text": "…"}, or {"text": ["…"], "hash": "…"} for counts by label, or '
        '{"ticker": "…", "startDate": "…", "endDate": "…"} for a job',
    )


def _several(body: Body, read: ReadTexts) -> dict[str, Any]:
    texts = batch_request(body)
    found = _read([(f"texts[{position}]", text) for position, text in enumerate(texts)], read)
    results = [_told(single_answer(one), one) for one in found]
    return batch_answer(found) | {"results": results}


def _told(answer: dict[str, Any], found: Reading) -> dict[str, Any]:
    return answer | {"method": found.method, "model": found.model, "model_version": found.version}


def _counts(body: Body, read: ReadTexts) -> dict[str, Any]:
    """Sentences without a word to read are counted under no label: they are not neutral."""
    if isinstance(body["hash"], list | dict):
        raise RequestRefused("hash", "send a string or a number; it is echoed")
    asked = count_request(body)
    if len(asked.texts) > MOST_SENTENCES:
        raise _too_large("text", f"send at most {MOST_SENTENCES} sentences, not {len(asked.texts):,}")
    if (characters := sum(map(len, asked.texts))) > MOST_CHARACTERS:
        raise _too_large("text", f"send at most {MOST_CHARACTERS:,} characters in all, not {characters:,}")
    readings = read([text for text in asked.texts if unscorable(text) is None])
    return legacy_counts([(found.label, float(found.confidence)) for found in readings], asked.hash)


def _read(texts: Sequence[tuple[str, str]], read: ReadTexts) -> Sequence[Reading]:
    for field, text in texts:
        if why := unscorable(text):
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {why}; send text with words to read", field
            )
    return read([text for _, text in texts])


_POSTED = ("/sentiment", "/sentiment/batch")


def _greeting(_: ReadTexts) -> dict[str, Any]:
    """What clients of the first service ask for to see that somebody is there."""
    return greeted("Hello")


def _health(read: ReadTexts) -> dict[str, Any]:
    """Reads a text, for a model that is loaded and cannot read is not well."""
    (found,) = read(["Is anybody there?"])
    loaded = found.method == "model"
    health = {
        "status": "ok" if loaded else "degraded",
        "version": "1",
        "model_loaded": loaded,
        "model_info": {"name": found.model, "version": found.version},
    }
    return answered(health)


_ASKED = {"/": _greeting, "/health": _health}


def _body(request: dict[str, Any]) -> Body:
    raw = _bytes(request)
    if len(raw) > LARGEST_BODY:
        raise _too_large("body", f"send at most {LARGEST_BODY:,} bytes, not {len(raw):,}")
    try:
        body = json.loads(raw.decode(), parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"body: send a JSON object in UTF-8; {reason}", "body"
        ) from error
    if not isinstance(body, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "body: send a JSON object", "body")
    return body


def _bytes(request: dict[str, Any]) -> bytes:
    body = request.get("body") or ""
    if not request.get("isBase64Encoded"):
        return str(body).encode(errors="replace")
    try:
        return b64decode(body, validate=True)
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "body: is marked as base64 and is not", "body") from error


def _finite(text: str) -> float:
    if (number := float(text)) in (float("inf"), float("-inf")):
        return _no_number(text)
    return number


def _no_number(text: str) -> float:
    raise ValueError(f"{text[:32]} is no JSON number")


def _too_large(field: str, remedy: str) -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{field}: {remedy}", field)
