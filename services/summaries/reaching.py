"""Says, where a question could not be paid, that its budget is reached: once a day by its id."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from contracts.events.summaries import ModelBudgetReachedV1
from services.summaries.asking import Turn
from services.summaries.consulting import Terms
from services.summaries.days import NEW_YORK


def announce_reached(
    publish: Callable[..., Any], terms: Callable[[], Terms | None], now: Callable[[], datetime], whose: str
) -> None:
    """The same budget of the same day is the same event, however often it is announced."""
    if (agreed := terms()) is None:
        return
    moment, limit = now(), agreed.limit(whose)
    day = moment.astimezone(NEW_YORK).date()
    reached = ModelBudgetReachedV1(
        whose=whose, date=day, tokens_limit=limit.tokens, dollars_limit=limit.dollars
    )
    publish(reached, key=f"budget/{whose}/{day}", at=moment)


def logged(info: Callable[..., None], turn: Turn) -> None:
    """A line for each question: what it cost, never what was asked."""
    told = {
        "trace_id": turn.trace_id,
        "model": turn.model,
        "dollars": str(turn.dollars),
        "tokens": turn.input_tokens + turn.output_tokens,
        "outcome": turn.gate_outcome,
        "result": turn.result_type,
    }
    info("question.answered", extra=told)
