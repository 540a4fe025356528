"""Overriding: which scores are asked about, which answers stand, and what it may cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from services.sentiment.overriding import (
    ITEMS_A_SHARD,
    LONGEST,
    Answer,
    LlmUnavailable,
    Override,
    Spent,
    Terms,
    Usage,
)
from services.sentiment.scoring import Reading
from tests.unit.sentiment.test_windows import a_kept_score

TERMS = Terms("claude", Decimal(1), Decimal(5), Spent(10_000, Decimal("0.05")))
UNSURE = a_kept_score(polarity=Decimal("0.100"))
GLAD = Answer((5, 15, 80), Usage(500, 60))


@dataclass
class Told:
    """Answers in turn, the last one for ever; an exception among them is raised."""

    answers: list[Answer | Exception]
    asked: list[str] = field(default_factory=list)

    def most(self, text: str) -> Usage:
        return Usage(1_000, 200)

    def ask(self, text: str) -> Answer:
        self.asked.append(text)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Purse:
    tokens: int = 0
    dollars: Decimal = Decimal(0)

    def take(self, run: str, cost: Spent, most: Spent) -> bool:
        if self.tokens + cost.tokens > most.tokens or self.dollars + cost.dollars > most.dollars:
            return False
        self.tokens, self.dollars = self.tokens + cost.tokens, self.dollars + cost.dollars
        return True

    def give_back(self, run: str, rest: Spent) -> None:
        self.tokens, self.dollars = self.tokens - rest.tokens, self.dollars - rest.dollars


def overridden(
    *answers: Answer | Exception, scores: Sequence[object] = (UNSURE,), purse: Purse | None = None
) -> list[Reading | str]:
    llm = Told(list(answers))
    ask = Override(llm, TERMS, purse or Purse())
    return ask("run", list(scores), ["GME, well."] * len(scores))  # type: ignore[arg-type]


def test_an_answer_that_is_sure_overrides_an_unsure_score() -> None:
    (found,) = overridden(GLAD)
    assert isinstance(found, Reading)
    assert (found.method, found.label, found.polarity) == ("override", "positive", Decimal("0.750"))
    assert (found.model, found.version) == ("claude", "prompt-1")


def test_a_neutral_answer_overrides_as_well_as_a_loud_one() -> None:
    (found,) = overridden(Answer((10, 80, 10), Usage(1, 1)))
    assert isinstance(found, Reading)
    assert (found.label, found.polarity) == ("neutral", Decimal("0.000"))


@pytest.mark.parametrize(
    ("polarity", "method", "asked"),
    [
        ("0.200", "model", True),
        ("-0.200", "model", True),
        ("0.201", "model", False),
        ("-0.900", "model", False),
        ("-0.900", "override", False),
        ("0.900", "fallback", True),
    ],
)
def test_a_score_is_asked_about_when_its_model_was_unsure_or_was_none(
    polarity: str, method: str, asked: bool
) -> None:
    (found,) = overridden(GLAD, scores=[replace(UNSURE, polarity=Decimal(polarity), method=method)])
    assert (found == "the first score is sure") is not asked


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer((0, 31, 69), Usage(1, 1)), "not sure enough"),
        (Answer((33, 34, 33), Usage(1, 1)), "not sure enough"),
        (Answer(None, Usage(1, 1)), "outside the schema"),
        (Answer(None, Usage(1, 1), "refused"), "refused"),
    ],
)
def test_any_other_answer_leaves_the_score_and_says_why(answer: Answer, why: str) -> None:
    assert overridden(answer) == [why]


def test_a_text_too_long_to_ask_about_is_not_cut() -> None:
    llm = Told([GLAD])
    texts = ["x" * LONGEST, "x" * (LONGEST + 1)]
    found = Override(llm, TERMS, Purse())("run", [UNSURE, UNSURE], texts)
    assert (llm.asked, found[1]) == (texts[:1], "too long")


def test_what_was_taken_for_a_call_and_not_used_is_given_back() -> None:
    purse = Purse()
    overridden(GLAD, scores=[UNSURE] * 3, purse=purse)
    assert (purse.tokens, purse.dollars) == (3 * 560, 3 * Decimal("0.0008"))


def test_what_a_call_used_that_failed_or_did_not_tell_stays_spent() -> None:
    for answer in (LlmUnavailable(), Answer(None, None)):
        purse = Purse()
        overridden(answer, purse=purse)
        assert purse.tokens == 1_200


def test_past_the_budget_nobody_is_asked_and_each_says_so() -> None:
    purse = Purse()
    found = overridden(GLAD, scores=[UNSURE] * 30, purse=purse)
    assert found.count("over budget") == 30 - 16
    assert found[-1] == "over budget"
    assert purse.tokens <= TERMS.most.tokens


def test_dollars_end_a_run_as_tokens_do() -> None:
    poor = replace(TERMS, most=Spent(10**9, Decimal("0.0019")))
    assert Override(Told([GLAD]), poor, Purse())("run", [UNSURE], ["GME"]) == ["over budget"]
    rich = replace(poor, most=Spent(10**9, Decimal("0.0020")))
    assert Override(Told([GLAD]), rich, Purse())("run", [UNSURE], ["GME"]) != ["over budget"]


def test_a_failure_or_two_are_told_and_the_third_in_a_row_sends_the_shard_back() -> None:
    down = LlmUnavailable("ThrottlingException")
    told = overridden(down, down, GLAD, down, down, GLAD, scores=[UNSURE] * 6)
    assert [found for found in told if isinstance(found, str)] == ["the service failed"] * 4
    with pytest.raises(LlmUnavailable):
        overridden(down, scores=[UNSURE, replace(UNSURE, polarity=Decimal(1)), UNSURE, UNSURE])


def test_what_is_missing_is_told_with_the_remedy() -> None:
    assert TERMS.missing is None
    assert "LlmModel" in str(replace(TERMS, model="").missing)
    assert "has no prices" in str(replace(TERMS, write_price=Decimal(0)).missing)


def test_a_shard_of_texts_asked_about_is_small() -> None:
    assert ITEMS_A_SHARD <= 100
