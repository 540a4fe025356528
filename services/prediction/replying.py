"""Replies of the HTTP front: an answer, or a problem that names the field and the remedy."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from services.prediction.asking import QuestionRefused


def reply(answer: Mapping[str, Any]) -> dict[str, Any]:
    return _response(HTTPStatus.OK, "application/json", answer)


def refuse(request: Mapping[str, Any], status: HTTPStatus, refused: QuestionRefused) -> dict[str, Any]:
    """A problem (RFC 9457). `error` repeats the detail for clients that read only that."""
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": str(refused),
        "field": refused.field,
        "error": str(refused),
    }
    instance = (request.get("requestContext") or {}).get("requestId")
    told = {**problem, "instance": instance} if instance else problem
    return _response(status, "application/problem+json", told)


def _response(status: HTTPStatus, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": kind},
        "body": json.dumps(content, allow_nan=False),
    }
