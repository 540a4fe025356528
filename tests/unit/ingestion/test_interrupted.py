"""A collection killed anywhere, or run twice at once, ends as one that was left alone."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import pytest

from services.ingestion.collecting import Window
from tests.builders import NOON
from tests.unit.ingestion.doubles import QUARTER, LeaseOf, SourceOf, World, row


class Killed(BaseException):
    """The worker is no more; nothing catches this."""


class Deadly:
    """Stands before a port: the *last*-th call through any of them kills, before or after it was done."""

    def __init__(self, port: Any, calls: Iterator[int], last: int, after: bool) -> None:
        self._port, self._calls, self._last, self._after = port, calls, last, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._deadly(found) if callable(found) else found

    def _deadly(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            dies = next(self._calls) == self._last
            if dies and not self._after:
                raise Killed
            answer = call(*given, **named)
            if dies:
                raise Killed
            # What a visit gives is asked through it as well.
            return self if answer is self._port else answer

        return counted


def a_world() -> World:
    rows = {"stocks": [row("p1"), row("p2"), row("p1")], "investing": [row("p3"), row("&")]}
    return World(SourceOf(dict(rows)))


def made_deadly(world: World, last: int, after: bool) -> Callable[[], None]:
    """The world's ports kill at their *last*-th call; gives what makes them harmless again."""
    calls, ports = count(1), ("source", "parts", "coverage", "leases")
    whole = {port: getattr(world, port) for port in ports}
    for port in ports:
        setattr(world, port, Deadly(whole[port], calls, last, after))
    return lambda: vars(world).update(whole)


def left_alone() -> tuple[World, list[Any]]:
    world = a_world()
    return world, world.run()


def outcome(world: World) -> tuple[set[str], dict[Any, Window]]:
    return {name for names in world.parts.names for name in names}, world.coverage.windows


def calls_of_a_run() -> int:
    for last in count(1):
        try:
            world = a_world()
            made_deadly(world, last, after=False)
            world.run()
        except Killed:
            continue
        return last - 1
    raise AssertionError


@pytest.mark.parametrize("linked_between", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_it_ends_as_if_left_alone(after: bool, linked_between: bool) -> None:
    alone, said = left_alone()
    calls = calls_of_a_run()
    assert calls > 10
    for last in range(1, calls + 1):
        world = a_world()
        heal = made_deadly(world, last, after)
        with pytest.raises(Killed):
            world.run()
        heal()
        if linked_between:
            world.link()
        # The lease of the dead ran out.
        world.leases.holder = None
        assert world.run() == said, last
        assert outcome(world) == outcome(alone), last
        assert world.again == []


def test_two_runs_at_once_without_a_lease_between_them_still_lose_and_add_nothing() -> None:
    alone, said = left_alone()
    world = a_world()
    inner: list[Any] = []
    look = world.source.look

    def interrupted(*given: Any) -> Any:
        vars(world.source).pop("look")
        world.leases = LeaseOf()
        inner.extend(world.run())
        return look(*given)

    vars(world.source)["look"] = interrupted

    assert world.run() == said == inner
    assert outcome(world) == outcome(alone)
    assert world.parts.put_ == alone.parts.put_


def test_a_listing_replayed_gives_no_new_posts_the_second_time() -> None:
    world = a_world()
    world.run()
    world.link()
    parts = deepcopy(world.parts.put_)
    (second,) = world.run(NOON + QUARTER)
    assert (second.found, second.new) == (3, 0)
    assert world.parts.put_ == parts
