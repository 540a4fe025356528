"""A rule: what must hold of every stack, why, and what breaks it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tools.rules.reading import Stack

Breaches = Iterator[tuple[str, str]]
"""(logical id, what is wrong and what mends it)"""


@dataclass(frozen=True)
class Rule:
    """`id` is for people to name it by, `says` what must hold, `why` what happens where it does not."""

    id: str
    says: str
    why: str
    breaches: Callable[[Stack], Breaches]


@dataclass(frozen=True)
class Finding:
    rule: Rule
    stack: str
    resource: str
    told: str

    def __str__(self) -> str:
        return f"{self.rule.id} {self.stack}/{self.resource}: {self.told}"


class Rules:
    """Rules in the order they are written down."""

    def __init__(self) -> None:
        self.all: list[Rule] = []

    def rule(
        self, id_: str, says: str, why: str
    ) -> Callable[[Callable[[Stack], Breaches]], Callable[[Stack], Breaches]]:
        def kept(breaches: Callable[[Stack], Breaches]) -> Callable[[Stack], Breaches]:
            self.all.append(Rule(id_, says, why, breaches))
            return breaches

        return kept


def findings(rules: Iterable[Rule], stacks: Iterable[Stack]) -> list[Finding]:
    """Every breach of every rule, by stack and resource."""
    return [
        Finding(rule, stack.name, resource, told)
        for stack in stacks
        for rule in rules
        for resource, told in rule.breaches(stack)
    ]
