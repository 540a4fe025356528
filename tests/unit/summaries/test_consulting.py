"""Asking a language model: once for one question, never beyond a budget."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from threading import Event, Lock
from typing import Any, Literal

import pytest

from services.summaries.consulting import (
    Consulted,
    Desk,
    ModelUnavailable,
    OverBudget,
    Question,
    Reply,
    Spent,
    Terms,
    Usage,
    consult,
)
from tests.unit.summaries.fakes import DAY

TERMS = Terms("claude", Decimal(1), Decimal(5), Spent(10_000, Decimal("0.05")), Spent(5_000, Decimal("0.01")))
QUESTION = Question(
    "Be brief.", ({"role": "user", "content": [{"text": "--x-- hello --x--"}]},), {"text": "hello"}, "1"
)
REPLY = Reply(({"text": "Hi."},), Usage(100, 20))


@dataclass
class Answers:
    """As the table: one look or claim at a time."""

    kept: dict[str, Reply | None] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def look_or_claim(self, key: str) -> Reply | Literal["mine", "theirs"]:
        with self.lock:
            if key not in self.kept:
                self.kept[key] = None
                return "mine"
            return self.kept[key] or "theirs"

    def keep(self, key: str, reply: Reply) -> None:
        with self.lock:
            self.kept[key] = reply

    def let_go(self, key: str) -> None:
        with self.lock:
            self.kept.pop(key)


@dataclass
class Purses:
    spent: dict[str, Spent] = field(default_factory=dict)

    def take(self, cost: Spent, day: date, limits: Mapping[str, Spent]) -> str | None:
        for whose, limit in limits.items():
            rest = limit - self.spent.get(whose, Spent()) - cost
            if rest.tokens < 0 or rest.dollars < 0:
                return whose
        for whose in limits:
            self.spent[whose] = self.spent.get(whose, Spent()) - (Spent() - cost)
        return None

    def give_back(self, rest: Spent, day: date, whose: tuple[str, ...]) -> None:
        for one in whose:
            self.spent[one] = self.spent[one] - rest


@dataclass
class Model:
    answer: Callable[[Question], Reply] = lambda _: REPLY
    asked: list[Question] = field(default_factory=list)

    def most(self, question: Question) -> Usage:
        return Usage(1_000, question.most)

    def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        return self.answer(question)


def a_desk(**changes: Any) -> Desk:
    given: dict[str, Any] = {
        "model": Model(),
        "terms": TERMS,
        "answers": Answers(),
        "purses": Purses(),
        "today": lambda: DAY,
        "wait": lambda _: None,
        "patience": 30,
    }
    return Desk(**given | changes)


def test_a_second_identical_question_is_not_asked() -> None:
    model, told = Model(), list[Consulted]()
    desk = a_desk(model=model, told=told.append)
    first, second = (consult(QUESTION, "alice", desk=desk) for _ in range(2))
    assert len(model.asked) == 1
    assert (first.cached, first.saved, second.cached, second.saved) == (False, 0, True, 120)
    assert (first.cost.dollars, second.cost) == (Decimal("0.0002"), Spent())
    assert told == [first, second]


def test_twenty_who_ask_the_same_at_once_cost_one_call() -> None:
    waiting, all_wait = list[int](), Event()

    def slow(_: Question) -> Reply:
        assert all_wait.wait(10)
        return REPLY

    def wait(_: float) -> None:
        waiting.append(1)
        if len(waiting) >= 19:
            all_wait.set()
        Event().wait(0.01)

    model = Model(slow)
    desk = a_desk(model=model, wait=wait, patience=3_000)
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: consult(QUESTION, "alice", desk=desk), range(20)))
    assert len(model.asked) == 1
    assert all(one.reply == REPLY for one in found)
    assert sum(one.cached for one in found) == 19


def test_the_key_knows_model_parameters_version_and_inputs_but_no_boundary() -> None:
    other = replace(QUESTION, messages=({"role": "user", "content": [{"text": "--y-- hello --y--"}]},))
    assert QUESTION.key("claude") == other.key("claude")
    different: list[dict[str, Any]] = [
        {"most": 2_000},
        {"temperature": 0.5},
        {"version": "2"},
        {"form": "report"},
        {"about": {"text": "bye"}},
    ]
    keys = {replace(QUESTION, **change).key("claude") for change in different}
    assert len({*keys, QUESTION.key("claude"), QUESTION.key("nova")}) == len(different) + 2


def test_what_fails_is_let_go_so_that_the_next_may_ask() -> None:
    def down(_: Question) -> Reply:
        raise ModelUnavailable("ThrottlingException")

    answers, purses = Answers(), Purses()
    with pytest.raises(ModelUnavailable):
        consult(QUESTION, None, desk=a_desk(model=Model(down), answers=answers, purses=purses))
    assert answers.kept == {}
    assert purses.spent["all"].tokens == 2_000, "it may be on the bill"
    assert not consult(QUESTION, None, desk=a_desk(answers=answers)).cached


def test_a_reply_that_is_none_is_paid_and_not_kept() -> None:
    answers, purses = Answers(), Purses()
    refusing = Model(lambda _: Reply((), Usage(100, 5), "refused"))
    with pytest.raises(ModelUnavailable, match="refused"):
        consult(QUESTION, None, desk=a_desk(model=refusing, answers=answers, purses=purses))
    assert answers.kept == {}
    assert purses.spent["all"].tokens == 105


@pytest.mark.parametrize(("user", "calls", "whose"), [("alice", 3, "alice"), (None, 17, "all")])
def test_nobody_is_asked_beyond_a_budget(user: str | None, calls: int, whose: str) -> None:
    limits = replace(TERMS, a_user=Spent(2_260, Decimal(1)), a_day=Spent(4_000, Decimal(1)))
    model, purses = Model(), Purses()
    desk = a_desk(model=model, purses=purses, terms=limits)

    def ask_and_ask() -> None:
        for number in range(100):
            consult(replace(QUESTION, about={"text": str(number)}), user, desk=desk)

    with pytest.raises(OverBudget) as empty:
        ask_and_ask()
    assert (empty.value.whose, len(model.asked)) == (whose, calls)
    assert purses.spent["all"].tokens == calls * 120


def test_who_waits_in_vain_is_told() -> None:
    answers = Answers({QUESTION.key("claude"): None})
    with pytest.raises(ModelUnavailable, match="has not come back"):
        consult(QUESTION, None, desk=a_desk(answers=answers))
