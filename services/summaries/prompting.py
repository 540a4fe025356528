"""Answers a prompt over HTTP from the cache, or asks the model for it once, within the caller's budget."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.summaries.consulting import Desk, ModelUnavailable, OverBudget, Question, consult
from services.summaries.replying import Problem, Request, answered, caller, refused, sent

PROMPT = "plain-1"
_TOLD = "Answer in plain text, without markup."


class Asked(BaseModel):
    """What is posted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: str = Field(min_length=1, max_length=8_000)
    system: str = Field(default=_TOLD, min_length=1, max_length=4_000)
    max_tokens: int = Field(default=1_000, ge=1, le=4_000)


def answer_prompt(request: Request, context: object = None, *, desk: Desk | None) -> dict[str, Any]:
    """Answers an API Gateway proxy request; what cannot be answered is a problem that names the remedy."""
    try:
        return answered(_answer(sent(request, Asked), caller(request), desk))
    except Problem as problem:
        return refused(request, problem)


def _answer(asked: Asked, whose: str, desk: Desk | None) -> dict[str, Any]:
    if desk is None:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "no language model is configured; deploy with LlmModel, LlmReadPrice and LlmWritePrice",
        )
    question = Question(
        system=asked.system,
        messages=({"role": "user", "content": [{"text": asked.prompt}]},),
        about={"system": asked.system, "prompt": asked.prompt},
        version=PROMPT,
        most=asked.max_tokens,
    )
    try:
        consulted = consult(question, whose, desk=desk)
    except OverBudget as empty:
        whom = "your" if empty.whose == whose else "everybody's"
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS, f"{whom} budget of today is spent; ask again tomorrow"
        ) from empty
    except ModelUnavailable as gone:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"the model gave no answer: {gone}") from gone
    usage = consulted.reply.usage
    return {
        "answer": consulted.reply.text,
        "model": desk.terms.model,
        "cached": consulted.cached,
        "usage": {
            "input_tokens": usage.read,
            "output_tokens": usage.written,
            "total_tokens": usage.read + usage.written,
        },
        "saved_tokens": consulted.saved,
        "cost_dollars": str(consulted.cost.dollars),
    }
