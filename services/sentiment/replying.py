"""Replies of the HTTP front: an answer, or a problem that names the field and the remedy."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


class Problem(Exception):
    """A request we do not answer: status, what is wrong and what to do, and in which field.

    *error* is what clients of the older services show; the detail unless said.
    """

    def __init__(
        self, status: HTTPStatus, detail: str, field: str | None = None, *, error: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field, self.error = status, detail, field, error or detail


def answered(content: Mapping[str, Any]) -> dict[str, Any]:
    return _response(HTTPStatus.OK, "application/json", content)


def greeted(text: str) -> dict[str, Any]:
    return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": text}


def refused(request: Mapping[str, Any], problem: Problem, *, allow: str = "") -> dict[str, Any]:
    """A problem (RFC 9457). *allow* names the methods, where another was used."""
    told = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "field": problem.field,
        "error": problem.error,
        "instance": (request.get("requestContext") or {}).get("requestId"),
    }
    stated = {name: value for name, value in told.items() if value is not None}
    headers = {"Allow": allow} if problem.status is HTTPStatus.METHOD_NOT_ALLOWED else {}
    return _response(problem.status, "application/problem+json", stated, **headers)


def _response(status: HTTPStatus, kind: str, content: Mapping[str, Any], **headers: str) -> dict[str, Any]:
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": kind, **headers},
        "body": json.dumps(content, allow_nan=False),
    }
