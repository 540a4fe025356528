"""Takes what third parties' monitors report, signed as Standard Webhooks or by Slack."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from services.notifications.channels import Secret
from services.notifications.plain import cut, one_line, plain
from services.notifications.replying import Problem, Reply, Request, answered, header, json_object, raw_body
from services.notifications.taken import Clock, Enqueue, ReportTaken, wrapped
from services.notifications.verifying import Genuine, genuine

_TITLE, _TEXT, _NAME, _FACTS = 150, 3000, 100, 10
_TITLES = ("title", "name", "summary", "subject", "alert")
_TEXTS = ("text", "message", "description", "body", "details", "error")


def take_report(request: Request, *, secret: Secret, enqueue: Enqueue, now: Clock) -> Reply:
    """401 for what is not signed by who we know, before a word of it is read."""
    body = raw_body(request)
    by = genuine(request, body, secret)
    if by is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "sign it as Standard Webhooks or Slack do, with our key, now")
    told = _read(request, body)
    if by.sender == "slack" and told.get("type") == "url_verification":
        return answered({"challenge": str(told.get("challenge", ""))[:200]})
    enqueue(wrapped(_report(by, told), now()))
    return answered({"taken": True})


def _read(request: Request, body: bytes) -> dict[str, Any]:
    """Slack sends slash commands and buttons as forms, all else is JSON."""
    if not (header(request, "content-type") or "").startswith("application/x-www-form-urlencoded"):
        return json_object(body)
    form = {name: values[0] for name, values in parse_qs(body.decode(), max_num_fields=50).items()}
    return json_object(form["payload"].encode()) if "payload" in form else dict(form)


def _report(by: Genuine, told: Mapping[str, Any]) -> ReportTaken:
    inner = told.get("event") if by.sender == "slack" else told.get("data")
    about = inner if isinstance(inner, dict) else told
    own = by.own or _word(told, "event_id", "trigger_id")
    if not own:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "event_id: send the id that tells this event from others", "event_id"
        )
    kind = cut(one_line(_word(told, "type", "command") or "report"), _NAME)
    return ReportTaken(
        report_id=f"{by.sender}/{own[:200]}",
        sender=by.sender,
        kind=kind,
        title=cut(one_line(_word(about, *_TITLES) or kind), _TITLE),
        text=cut(plain(_word(about, *_TEXTS)), _TEXT),
        run=_word(about, "run", "run_id", "job_id")[:_NAME] or None,
        status=_word(about, "status", "state")[:_NAME] or None,
        facts=tuple(_facts(about)),
    )


def _facts(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The short values that are told, in their order, as the monitor names them."""
    known = {*_TITLES, *_TEXTS, "run", "run_id", "job_id", "status", "state", "type"}
    found = [
        (cut(one_line(str(name)), _NAME), cut(one_line(_short(value)), _NAME))
        for name, value in about.items()
        if name not in known and isinstance(value, str | int | float | bool)
    ]
    return found[:_FACTS]


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _word(told: Mapping[str, Any], *names: str) -> str:
    """The first of these that is there, as text."""
    for name in names:
        value = told.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return ""
