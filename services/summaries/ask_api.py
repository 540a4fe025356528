"""The questions' HTTP front on FastAPI: /ai/ask, /ai/feedback, /health."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException

from services.summaries.asking import Asked, Turn
from services.summaries.replying import LARGEST_BODY, caller

VERSION = "1"


class Feedback(BaseModel):
    """What is posted to /ai/feedback: which turn, and what was thought of it."""

    model_config = ConfigDict(extra="forbid")

    trace_id: str | None = Field(default=None, max_length=128)
    conversation_id: str | None = Field(default=None, max_length=128)
    turn_id: str | None = Field(default=None, max_length=128)
    thumbs_up: bool
    comment: str = Field(default="", max_length=2_000)

    @model_validator(mode="after")
    def _names_a_turn(self) -> "Feedback":
        if not self.trace_id and not (self.conversation_id and self.turn_id):
            raise ValueError("send a trace_id, or a conversation_id with a turn_id")
        return self

    @property
    def name(self) -> str:
        if self.trace_id:
            return f"TRACE#{self.trace_id}"
        return f"TURN#{self.conversation_id}#{self.turn_id}"


Ask = Callable[[Asked, str], Turn]
Judge = Callable[..., bool]


def front(*, ask: Ask, judge: Judge, tell: Callable[[Turn], None]) -> FastAPI:
    """*tell* is told each turn, for the log."""
    app = FastAPI(title="Tickertape questions", version=VERSION, docs_url=None, redoc_url=None)

    @app.post("/ai/ask")
    def ask_question(asked: Asked, request: Request, response: Response) -> dict[str, Any]:
        turn = ask(asked, _caller(request))
        tell(turn)
        response.headers["X-Cost-Dollars"] = str(turn.dollars)
        return turn.told()

    @app.post("/ai/feedback")
    def give_feedback(feedback: Feedback, request: Request) -> dict[str, str]:
        kept = judge(_caller(request), feedback.name, thumbs_up=feedback.thumbs_up, comment=feedback.comment)
        if not kept:
            raise HTTPException(404, "there is no such turn of yours; turns are kept for 30 days")
        return {"status": "ok"}

    @app.get("/health")
    @app.get("/ai/health")
    def tell_health() -> dict[str, str]:
        return {"status": "ok", "version": VERSION}

    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_refused)
    app.middleware("http")(_no_larger)
    return app


def _caller(request: Request) -> str:
    return caller(request.scope.get("aws.event") or {})


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(step) for step in first["loc"][1:] if isinstance(step, str)) or "body"
    return _problem(422, f"{field}: {first['msg']}", field)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _problem(error.status_code, str(error.detail), headers=error.headers)


async def _no_larger(request: Request, go_on: Callable[[Request], Any]) -> Any:
    if (
        int(request.headers.get("content-length") or 0) > LARGEST_BODY
        or len(await request.body()) > LARGEST_BODY
    ):
        return _problem(413, f"send at most {LARGEST_BODY:,} bytes", "body")
    return await go_on(request)


def _problem(status: int, detail: str, field: str | None = None, headers: Any = None) -> JSONResponse:
    told = {"type": "about:blank", "status": status, "detail": detail}
    content = told | ({"field": field} if field else {})
    return JSONResponse(content, status, headers=headers, media_type="application/problem+json")
