"""Asks a language model: once for the same question, within a budget, and counts what it cost."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

EVERYBODY = "all"
"""Whose purse every call is paid from, besides the caller's own."""
ANY = "any"
"""As a form: one tool, whichever, has to be used."""
PAUSE = 0.25
"""Seconds between looks at an answer somebody else is asking for."""

_MILLION = Decimal(1_000_000)


OVER_BUDGET = "over budget"


class ModelUnavailable(Exception):
    """No answer is to be had now: throttled, timed out, broken, or refused. The text says which."""


class OverBudget(ModelUnavailable):
    """A purse does not hold what the call may cost. *whose* is it."""

    def __init__(self, whose: str) -> None:
        self.whose = whose
        super().__init__(OVER_BUDGET)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written."""

    read: int = 0
    written: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.read + other.read, self.written + other.written)


@dataclass(frozen=True, slots=True)
class Spent:
    tokens: int = 0
    dollars: Decimal = Decimal(0)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.tokens - other.tokens, self.dollars - other.dollars)


@dataclass(frozen=True, slots=True)
class Terms:
    """Which model, its dollars for a million tokens read and written, and the most a day may cost."""

    model: str
    read_price: Decimal
    write_price: Decimal
    a_day: Spent
    a_user: Spent

    def cost(self, usage: Usage) -> Spent:
        dollars = (usage.read * self.read_price + usage.written * self.write_price) / _MILLION
        return Spent(usage.read + usage.written, dollars)

    def limit(self, whose: str) -> Spent:
        return self.a_day if whose == EVERYBODY else self.a_user


@dataclass(frozen=True)
class Question:
    """What is asked, in Converse's own shapes: *messages*, and *tools* as their specifications.

    *about* is the same without the boundaries strangers' words stand between; *version* counts with every
    change of what is told. *form* names the tool that has to be used, or ANY. *most* tokens may be written.
    """

    system: str
    messages: tuple[dict[str, Any], ...]
    about: Mapping[str, Any]
    version: str
    tools: tuple[dict[str, Any], ...] = ()
    form: str | None = None
    most: int = 1_000
    temperature: float = 0

    def key(self, model: str) -> str:
        """The same question has the same key, whatever boundary its words stand between."""
        asked = [model, self.most, self.temperature, self.version, self.tools, self.form, self.about]
        return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer's blocks. *why* says, where it is none to be used, what is wrong with it."""

    content: tuple[dict[str, Any], ...]
    usage: Usage
    why: str | None = None

    @property
    def text(self) -> str:
        return "\n\n".join(block["text"] for block in self.content if "text" in block)

    @property
    def calls(self) -> tuple[dict[str, Any], ...]:
        """The uses of tools it asks for."""
        return tuple(block["toolUse"] for block in self.content if "toolUse" in block)


@dataclass(frozen=True, slots=True)
class Consulted:
    """A reply, what it cost now, and what a kept one saved."""

    reply: Reply
    cost: Spent
    cached: bool

    @property
    def saved(self) -> int:
        """Tokens nobody had to pay for."""
        return self.reply.usage.read + self.reply.usage.written if self.cached else 0


class Model(Protocol):
    def most(self, question: Question) -> Usage:
        """No call for the question uses more."""
        ...

    def ask(self, question: Question) -> Reply:
        """Raises ModelUnavailable."""
        ...


class Answers(Protocol):
    def look_or_claim(self, key: str) -> Reply | Literal["mine", "theirs"]:
        """The answer that is kept; else whether it is ours to ask for, or another is at it."""
        ...

    def keep(self, key: str, reply: Reply) -> None: ...

    def let_go(self, key: str) -> None:
        """Nobody asks any more; the next may."""
        ...


class Purses(Protocol):
    def take(self, cost: Spent, day: date, limits: Mapping[str, Spent]) -> str | None:
        """Takes from all purses of the day or from none; whose purse was too small."""
        ...

    def give_back(self, rest: Spent, day: date, whose: tuple[str, ...]) -> None: ...


@dataclass(frozen=True)
class Desk:
    """Where questions are put. *wait* takes seconds, *told* gets what each came to, for the metrics.

    *patience* is for how many seconds an answer that another asks for is waited for.
    """

    model: Model
    terms: Terms
    answers: Answers
    purses: Purses
    today: Callable[[], date]
    wait: Callable[[float], None]
    patience: float
    told: Callable[[Consulted], None] = lambda _: None


def consult(question: Question, user: str | None, *, desk: Desk) -> Consulted:
    """The answer to a question, asked for once among all who ask it at the same time.

    Raises OverBudget, or ModelUnavailable where the model or the other who asks gave no answer.
    """
    key = question.key(desk.terms.model)
    for _ in range(int(desk.patience / PAUSE)):
        found = desk.answers.look_or_claim(key)
        if isinstance(found, Reply):
            return _told(Consulted(found, Spent(), cached=True), desk)
        if found == "mine":
            return _told(_asked(key, question, user, desk), desk)
        desk.wait(PAUSE)
    raise ModelUnavailable("another asks the same and has not come back")


def _asked(key: str, question: Question, user: str | None, desk: Desk) -> Consulted:
    try:
        reply, cost = pay(question, user, desk=desk)
    except BaseException:
        desk.answers.let_go(key)
        raise
    desk.answers.keep(key, reply)
    return Consulted(reply, cost, cached=False)


def pay(question: Question, user: str | None, *, desk: Desk) -> tuple[Reply, Spent]:
    """Asks, and pays what it cost. The worst cost is taken first, so that no day is ever overspent."""
    day, whose = desk.today(), (EVERYBODY, *((user,) if user else ()))
    taken = desk.terms.cost(desk.model.most(question))
    if empty := desk.purses.take(taken, day, {one: desk.terms.limit(one) for one in whose}):
        raise OverBudget(empty)
    # What was taken for a call that fails stays spent: it may be on the bill.
    reply = desk.model.ask(question)
    cost = desk.terms.cost(reply.usage)
    desk.purses.give_back(taken - cost, day, whose)
    if reply.why:
        raise ModelUnavailable(reply.why)
    return reply, cost


def _told(consulted: Consulted, desk: Desk) -> Consulted:
    desk.told(consulted)
    return consulted
