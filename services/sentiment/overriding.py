"""Has a language model read what the first model was unsure of, within a budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from services.sentiment.keeping import Score
from services.sentiment.scoring import Identity, Reading, reading

LLM = "llm"
ITEMS_A_SHARD = 100
"""Texts are asked about one by one, a second or two each; a shard must fit into its function's time."""
PROMPT = "prompt-1"
"""Counts up with every change of what the model is told."""

SURE = Decimal("0.2")
"""A model's score further from 0 than this stands, and is not asked about."""
SURE_ENOUGH = Decimal("0.7")
"""An answer whose likeliest class has less than this overrides nothing."""
LONGEST = 4_000
FAILURES_IN_A_ROW = 3

OVER_BUDGET = "over budget"

_MILLION = Decimal(1_000_000)
_REMEDY = (
    "deploy with the parameters LlmModel, a model of Bedrock's Converse that takes tools, and LlmReadPrice "
    "and LlmWritePrice, its dollars a million tokens"
)


class LlmUnavailable(Exception):
    """The service does not answer: throttled, timed out, or broken."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written."""

    read: int
    written: int


@dataclass(frozen=True, slots=True)
class Spent:
    tokens: int
    dollars: Decimal

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.tokens - other.tokens, self.dollars - other.dollars)


@dataclass(frozen=True, slots=True)
class Terms:
    """Which model, dollars a million tokens it reads and writes, and the most a run may spend."""

    model: str
    read_price: Decimal
    write_price: Decimal
    most: Spent

    @property
    def identity(self) -> Identity:
        return Identity(self.model, PROMPT)

    @property
    def missing(self) -> str | None:
        """What has to be configured before the model can be asked."""
        if not self.model:
            return f"no language model is configured; {_REMEDY}"
        if not self.read_price or not self.write_price:
            return f"{self.model} has no prices, so no budget holds; {_REMEDY}"
        return None

    def cost(self, usage: Usage) -> Spent:
        dollars = (usage.read * self.read_price + usage.written * self.write_price) / _MILLION
        return Spent(usage.read + usage.written, dollars)


@dataclass(frozen=True, slots=True)
class Answer:
    """(negative, neutral, positive) in hundredths; none with the reason where there is no such answer.

    *usage* is none where the service did not tell it.
    """

    hundredths: tuple[int, int, int] | None
    usage: Usage | None
    why: str | None = None


class Llm(Protocol):
    def most(self, text: str) -> Usage:
        """No call for the text uses more."""
        ...

    def ask(self, text: str) -> Answer:
        """Raises LlmUnavailable."""
        ...


class Purse(Protocol):
    def take(self, run: str, cost: Spent, most: Spent) -> bool:
        """False, and nothing is taken, where the run would have spent more than *most*."""
        ...

    def give_back(self, run: str, rest: Spent) -> None: ...


@dataclass(frozen=True)
class Override:
    """A score is overridden only where the lexicon gave it or it is within ±0.2 of 0, and the answer is sure.

    Neither model wins by being further from 0: an answer may also be neutral.
    """

    llm: Llm
    terms: Terms
    purse: Purse

    @property
    def identity(self) -> Identity:
        return self.terms.identity

    def __call__(self, run: str, scores: Sequence[Score], texts: Sequence[str]) -> list[Reading | str]:
        """An override for each, or why it stands. Raises LlmUnavailable at the third failure in a row."""
        found: list[Reading | str] = []
        failures = 0
        for score, text in zip(scores, texts, strict=True):
            try:
                found.append(self._one(run, score, text))
            except LlmUnavailable:
                failures += 1
                if failures == FAILURES_IN_A_ROW:
                    raise
                found.append("the service failed")
            else:
                failures = failures if _unasked(score, text) else 0
        return found

    def _one(self, run: str, score: Score, text: str) -> Reading | str:
        if reason := _unasked(score, text):
            return reason
        taken = self.terms.cost(self.llm.most(text))
        if not self.purse.take(run, taken, self.terms.most):
            return OVER_BUDGET
        # What was taken for a call that fails stays spent: it may be on the bill.
        answer = self.llm.ask(text)
        if answer.usage:
            self.purse.give_back(run, taken - self.terms.cost(answer.usage))
        return self._judged(answer)

    def _judged(self, answer: Answer) -> Reading | str:
        if answer.hundredths is None:
            return answer.why or "outside the schema"
        shares = [Decimal(each) / 100 for each in answer.hundredths]
        found = reading(shares, method="override", model=self.terms.model, version=PROMPT)
        return found if found.confidence >= SURE_ENOUGH else "not sure enough"


def _unasked(score: Score, text: str) -> str | None:
    if score.method != "fallback" and abs(score.polarity) > SURE:
        return "the first score is sure"
    return "too long" if len(text) > LONGEST else None
