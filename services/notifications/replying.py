"""The HTTP front: what a request holds, and replies: an answer, or a problem that names field and remedy."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

Request = Mapping[str, Any]
Reply = dict[str, Any]
Route = Callable[[Request], Reply]

LARGEST = 128 * 1024
"""Bytes of a body; what we are sent is queued, and a queue's message has its limits."""


class Problem(Exception):
    """A request we do not answer: status, what is wrong and what to do, and in which field."""

    def __init__(self, status: HTTPStatus, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field = status, detail, field


def route(request: Request, context: object = None, *, routes: Mapping[str, Mapping[str, Route]]) -> Reply:
    """The reply to an API Gateway proxy request; *routes* are by path and method."""
    try:
        ways = routes.get(str(request.get("resource") or request.get("path")))
        if ways is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is nothing here; there is {', '.join(routes)}")
        taken = ways.get(str(request.get("httpMethod")))
        if taken is None:
            return _problem(
                request,
                Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"use {' or '.join(ways)}"),
                Allow=", ".join(ways),
            )
        return taken(request)
    except Problem as problem:
        return _problem(request, problem)


def answered(content: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Reply:
    return _reply(status, "application/json", json.dumps(content, allow_nan=False))


def shown(page: str, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """A page for people: nothing in it runs, and nobody frames it."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    return _reply(
        status,
        "text/html; charset=utf-8",
        page,
        **{"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"},
    )


def header(request: Request, name: str) -> str | None:
    """The header's only value; none where it is absent, or came more than once."""
    several = request.get("multiValueHeaders") or {}
    for found, values in several.items():
        if found.lower() == name:
            return str(values[0]) if len(values) == 1 else None
    single = request.get("headers") or {}
    found_once = [value for found, value in single.items() if found.lower() == name]
    return str(found_once[0]) if len(found_once) == 1 else None


def raw_body(request: Request) -> bytes:
    """The bytes as they were sent, which is what a signature is over. Raises Problem."""
    body = request.get("body") or ""
    try:
        raw = b64decode(body, validate=True) if request.get("isBase64Encoded") else str(body).encode()
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "body: is not what it is marked as", "body") from error
    if len(raw) > LARGEST:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"body: send at most {LARGEST:,} bytes, not {len(raw):,}",
            "body",
        )
    return raw


def json_object(raw: bytes) -> dict[str, Any]:
    """Raises Problem where *raw* is no JSON object in UTF-8."""
    try:
        found = json.loads(raw.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "body: send a JSON object in UTF-8", "body") from error
    if not isinstance(found, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "body: send a JSON object", "body")
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)


def _problem(request: Request, problem: Problem, **headers: str) -> Reply:
    told = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "field": problem.field,
        "instance": (request.get("requestContext") or {}).get("requestId"),
    }
    stated = {name: value for name, value in told.items() if value is not None}
    return _reply(problem.status, "application/problem+json", json.dumps(stated), **headers)


def _reply(status: HTTPStatus, kind: str, body: str, **headers: str) -> Reply:
    return {"statusCode": status.value, "headers": {"Content-Type": kind, **headers}, "body": body}
