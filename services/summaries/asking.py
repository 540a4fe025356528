"""Answers a question by a language model with our tools, or by a router with the same, and says which."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from services.summaries.consulting import Desk, ModelUnavailable, OverBudget
from services.summaries.finding import Found, Shelf
from services.summaries.questioning import Talked, question_model
from services.summaries.routing import BEYOND, WHICH, Outcome, Route, looked_up, route

ROUTER = "router"
REMEMBERED = 4
"""Earlier turns a question is read with."""


class Asked(BaseModel):
    """What is posted to /ai/ask."""

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field(min_length=1, max_length=4_000, pattern=r"\S")
    system: str | None = Field(default=None, max_length=4_000)
    conversation_id: str | None = Field(default=None, pattern=r"^[\w.:-]{1,128}$")


class Turn(BaseModel):
    """A question and its answer, as kept."""

    model_config = ConfigDict(frozen=True)

    conversation_id: str
    turn_id: str
    trace_id: str
    asked_at: str
    prompt: str
    answer: str
    model: str
    input_tokens: int
    output_tokens: int
    dollars: Decimal
    tool_calls: tuple[dict[str, Any], ...]
    job_results: tuple[dict[str, Any], ...]
    gate_outcome: str
    result_type: str
    ticker: str | None
    why: str | None = None

    def told(self) -> dict[str, Any]:
        """As the client gets it."""
        return {
            "answer": self.answer,
            "model": self.model,
            "usage": {
                "input_tokens": self.input_tokens,
                "output_tokens": self.output_tokens,
                "total_tokens": self.input_tokens + self.output_tokens,
            },
            "tool_calls": list(self.tool_calls),
            "job_results": list(self.job_results),
            "gate_outcome": self.gate_outcome,
            "result_type": self.result_type,
            "conversation_id": self.conversation_id,
            "turn_id": self.turn_id,
            "trace_id": self.trace_id,
        }


class Conversations(Protocol):
    def last(self, caller: str, conversation_id: str, limit: int) -> Sequence[Turn]: ...

    def keep(self, caller: str, turn: Turn) -> None: ...


@dataclass(frozen=True)
class Clerk:
    """Who answers. *name* gives a new id, *moment* the time as text, *boundary* a line nobody knows.

    *reached* is told whose budget held no more.
    """

    desk: Desk | None
    shelf: Shelf
    conversations: Conversations
    name: Callable[[], str]
    moment: Callable[[], str]
    boundary: Callable[[], str]
    reached: Callable[[str], None]


def ask(asked: Asked, caller: str, *, clerk: Clerk) -> Turn:
    """Answers within the conversation and keeps the turn."""
    conversation = asked.conversation_id or clerk.name()
    before = clerk.conversations.last(caller, conversation, REMEMBERED)
    about = next((turn.ticker for turn in reversed(before) if turn.ticker), None)
    routed = route(asked.prompt, about, clerk.shelf.knows)
    talked, why = _by_model(asked, routed, before, caller, clerk)
    by_model = bool(talked.text) or talked.outcome != "ANSWER"
    outcome, text, found = (
        (talked.outcome, talked.text or _said(talked.outcome), talked.found)
        if by_model
        else _by_router(asked.prompt, routed, clerk.shelf)
    )
    turn = Turn(
        conversation_id=conversation,
        turn_id=clerk.name(),
        trace_id=clerk.name(),
        asked_at=clerk.moment(),
        prompt=asked.prompt,
        answer=text if by_model or why is None else f"{text}\n\n(Answered without a language model: {why}.)",
        model=clerk.desk.terms.model if by_model and clerk.desk else ROUTER,
        input_tokens=talked.usage.read,
        output_tokens=talked.usage.written,
        dollars=talked.cost.dollars,
        tool_calls=tuple(talked.calls if by_model else _calls(found)),
        job_results=tuple(dict(post) for one in found for post in one.posts),
        gate_outcome=outcome,
        result_type=next((one.tool for one in found if not one.empty), "none"),
        ticker=next((one.ticker for one in found if one.ticker), about),
        why=why,
    )
    clerk.conversations.keep(caller, turn)
    return turn


def _by_model(
    asked: Asked, routed: Route, before: Sequence[Turn], caller: str, clerk: Clerk
) -> tuple[Talked, str | None]:
    """What a model made of it, and why there is nothing. Advice is not even asked about."""
    if clerk.desk is None or (routed.outcome == "DECLINE" and routed.said != BEYOND):
        return Talked(), "none is configured" if clerk.desk is None else None
    try:
        talked = question_model(
            asked.prompt,
            asked.system or "",
            [(turn.prompt, turn.answer) for turn in before],
            user=caller,
            boundary=clerk.boundary(),
            desk=clerk.desk,
            shelf=clerk.shelf,
        )
    except OverBudget as empty:
        clerk.reached(empty.whose)
        return Talked(), str(empty)
    except ModelUnavailable as gone:
        return Talked(), str(gone)
    held = talked.text or talked.outcome != "ANSWER"
    return talked, None if held else "what it said is not in what was found"


def _by_router(prompt: str, routed: Route, shelf: Shelf) -> tuple[Outcome, str, list[Found]]:
    if routed.outcome != "ANSWER":
        return routed.outcome, routed.said, []
    found = [looked_up(shelf, intent, routed.ticker, prompt) for intent in routed.intents]
    said = [sentence for one in found for sentence in one.said]
    if said:
        return "ANSWER", " ".join(said), found
    whom = routed.ticker or "falls from a peak"
    return "DECLINE", f"Nothing is known here of {whom} that would answer this.", found


def _said(outcome: Outcome) -> str:
    return WHICH if outcome == "ASK_CLARIFICATION" else BEYOND


def _calls(found: Sequence[Found]) -> list[Mapping[str, Any]]:
    return [{"name": one.tool, "input": {"ticker": one.ticker}} for one in found]
