"""Replies of the HTTP front in the envelope its clients know: `data`, or `error` and nothing else."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

Reply = dict[str, Any]


def answered(data: Any, meta: Mapping[str, Any] | None = None) -> Reply:
    """*meta* stands beside the data as `_meta`."""
    return _json(HTTPStatus.OK, {"data": data} | ({"_meta": dict(meta)} if meta else {}))


def refused(status: HTTPStatus, error: str, **headers: str) -> Reply:
    return _json(status, {"error": error}, **headers)


def moved(address: str) -> Reply:
    """For now, what is asked for lies at the *address*."""
    return {"statusCode": HTTPStatus.FOUND.value, "headers": {"Location": address}, "body": ""}


def _json(status: HTTPStatus, content: Mapping[str, Any], **headers: str) -> Reply:
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": "application/json", **headers},
        "body": json.dumps(content, allow_nan=False, ensure_ascii=False),
    }
