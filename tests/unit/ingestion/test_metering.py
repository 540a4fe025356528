"""How much a collection saw of what is usual: told where it is known, and never guessed."""

from datetime import datetime, timedelta
from decimal import Decimal

from contracts.events.ingestion import Gap
from services.ingestion.expecting import Week
from services.ingestion.looking import SourceUnavailable
from services.ingestion.reading import Row
from tests.builders import NOON
from tests.unit.ingestion.doubles import QUARTER, CoverageKept, SourceOf, World, row

FOUR_WEEKS = [Week(40, timedelta(hours=1))] * 4
"""Ten posts are usual in a quarter of an hour."""


def posts(number: int, at: datetime = NOON - timedelta(minutes=1)) -> list[Row]:
    return [row(f"p{n}", created_utc=at.timestamp()) for n in range(number)]


def test_less_than_usual_is_told_as_a_share() -> None:
    completed = World(SourceOf({"stocks": posts(4)}), coverage=CoverageKept(before=FOUR_WEEKS)).tick()
    assert (completed.expected, completed.coverage) == (Decimal("10.0"), Decimal("0.400"))


def test_more_than_usual_is_all_of_it() -> None:
    completed = World(SourceOf({"stocks": posts(90)}), coverage=CoverageKept(before=FOUR_WEEKS)).tick()
    assert (completed.found, completed.coverage) == (90, Decimal(1))


def test_posts_listed_again_from_before_the_window_do_not_fill_it() -> None:
    old = posts(60, at=NOON - timedelta(hours=5))
    completed = World(SourceOf({"stocks": old}), coverage=CoverageKept(before=FOUR_WEEKS)).tick()
    assert (completed.found, completed.coverage) == (60, Decimal(0))


def test_a_source_that_is_not_there_has_seen_nothing_of_what_is_usual() -> None:
    there_was = CoverageKept(before=FOUR_WEEKS)
    completed = World(SourceOf({"stocks": SourceUnavailable("403")}), coverage=there_was).tick()
    assert (completed.expected, completed.coverage) == (Decimal("10.0"), Decimal(0))
    assert completed.gaps == (Gap(start=NOON - QUARTER, end=NOON),)


def test_communities_are_measured_together() -> None:
    answers: dict[str, list[Row] | Exception] = {"stocks": posts(10), "investing": SourceUnavailable("403")}
    completed = World(SourceOf(answers), coverage=CoverageKept(before=FOUR_WEEKS)).tick()
    assert (completed.expected, completed.coverage) == (Decimal("20.0"), Decimal("0.500"))


def test_without_enough_weeks_nothing_is_claimed() -> None:
    completed = World(SourceOf({"stocks": posts(4)}), coverage=CoverageKept(before=FOUR_WEEKS[:3])).tick()
    assert (completed.expected, completed.coverage) == (None, None)


def test_where_nothing_is_usual_nothing_can_be_missed() -> None:
    silent = [Week(0, timedelta(hours=1))] * 4
    completed = World(SourceOf({"stocks": []}), coverage=CoverageKept(before=silent)).tick()
    assert (completed.expected, completed.coverage) == (Decimal(0), None)


def test_a_repeat_says_the_same_share_whatever_is_usual_by_then() -> None:
    world = World(SourceOf({"stocks": posts(4)}), coverage=CoverageKept(before=FOUR_WEEKS))
    first = world.tick()
    world.coverage.before = [Week(4000, timedelta(hours=1))] * 4
    assert world.tick() == first
