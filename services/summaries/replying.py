"""Requests and replies of the HTTP front: who asks, what they sent, an answer, or a problem."""

import json
from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

LARGEST_BODY = 64 * 1024
"""Bytes."""
Request = Mapping[str, Any]
Form = TypeVar("Form", bound=BaseModel)


class Problem(Exception):
    """A request we do not answer: status, what is wrong and what to do, and in which field."""

    def __init__(self, status: HTTPStatus, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field = status, detail, field


def caller(request: Request) -> str:
    """Who asks, as the front knows them, without a name: their role or user, their key, else where from."""
    identity = (request.get("requestContext") or {}).get("identity") or {}
    known = next(filter(None, (identity.get(name) for name in ("userArn", "apiKeyId", "sourceIp"))), "")
    return sha256(str(known).encode()).hexdigest()[:24]


def sent(request: Request, form: type[Form]) -> Form:
    """The body as *form*. Raises Problem, naming the field that is not as it should be."""
    body = request.get("body") or ""
    raw = b64decode(body) if request.get("isBase64Encoded") else body.encode()
    if len(raw) > LARGEST_BODY:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {LARGEST_BODY:,} bytes", "body")
    try:
        return form.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise Problem(HTTPStatus.BAD_REQUEST, f"{field}: {first['msg']}", field) from error


def answered(content: Mapping[str, Any]) -> dict[str, Any]:
    return _response(HTTPStatus.OK, "application/json", content)


def refused(request: Request, problem: Problem) -> dict[str, Any]:
    """A problem (RFC 9457)."""
    told = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "field": problem.field,
        "instance": (request.get("requestContext") or {}).get("requestId"),
    }
    stated = {name: value for name, value in told.items() if value is not None}
    return _response(problem.status, "application/problem+json", stated)


def _response(status: HTTPStatus, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": kind},
        "body": json.dumps(content, allow_nan=False, default=str),
    }
