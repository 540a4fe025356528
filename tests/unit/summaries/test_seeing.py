"""How much of a day was seen."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.events.envelope import Event
from contracts.events.ingestion import CollectionCompletedV1, Gap
from services.summaries.seeing import Look, coverage, gather_collection, thinness
from services.summaries.summarising import summarise
from services.summaries.tallying import Day, Score, SeenPost
from tests.builders import NOON, Said, enveloped
from tests.unit.summaries.fakes import DAY, plain_texts

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
EVENING = NOON + 7 * HOUR
"""19:00 in New York: the day is over."""


def a_look(share: str | None = "0.4", expected: str | None = "40", **changes: Any) -> Look:
    given = {"start": NOON - HOUR, "end": NOON, "expected": expected and Decimal(expected)}
    return Look(**given | {"coverage": share and Decimal(share)} | changes)


def a_collection(**changes: Any) -> CollectionCompletedV1:
    given: dict[str, Any] = {
        "collection": "reddit",
        "window_start": NOON - QUARTER,
        "window_end": NOON,
        "found": 9,
        "new": 4,
        "failed": 0,
        "coverage": "0.4",
        "expected": "10",
    }
    return CollectionCompletedV1.model_validate(given | changes)


class LooksKept:
    def __init__(self) -> None:
        self.kept: list[tuple[str, date, Look]] = []

    def keep_look(self, collection: str, look: Look, day: date, version: str) -> None:
        self.kept.append((collection, day, look))


def kept(event: Event) -> list[tuple[str, date, Look]]:
    looks = LooksKept()
    assert isinstance(event, CollectionCompletedV1)
    gather_collection(event, Said(enveloped(event)), stats=looks)
    return looks.kept


def test_what_a_collection_measured_is_kept_under_its_day() -> None:
    (found,) = kept(a_collection(gaps=[Gap(start=NOON - QUARTER, end=NOON)]))
    look = Look(NOON - QUARTER, NOON, Decimal(10), Decimal("0.4"), ((NOON - QUARTER, NOON),))
    assert found == ("reddit", DAY, look)


def test_an_archives_part_measures_nothing() -> None:
    assert kept(a_collection(collection="raw/source=archive/dt=2021-01-27/a", coverage=None)) == []


def test_a_window_over_a_weekend_counts_to_each_of_its_days_and_the_night_to_none() -> None:
    long = a_collection(window_start=NOON - timedelta(days=3))
    assert [day for _, day, _ in kept(long)] == [DAY - timedelta(days=n) for n in (3, 2, 1, 0)]
    night = a_collection(window_start=EVENING + HOUR, window_end=EVENING + 2 * HOUR)
    assert kept(night) == []


def test_a_window_that_ends_as_the_day_begins_to_be_one_is_kept_once() -> None:
    assert len(kept(a_collection(window_start=NOON - 6 * HOUR, window_end=NOON - 5 * HOUR + QUARTER))) == 1


@pytest.mark.parametrize(
    ("looks", "share"),
    [
        ([], None),
        ([a_look("0.4"), a_look("1")], "0.700"),
        ([a_look("0.4", "30"), a_look("1", "10")], "0.550"),
        ([a_look("0", "9")], None),
        ([a_look("0", "10")], "0"),
        ([a_look(None, None)], None),
        ([a_look("0.4"), a_look("0", start=EVENING, end=EVENING + HOUR)], "0.400"),
        ([a_look("0", "20"), a_look("1", "20", start=EVENING - HOUR, end=EVENING + HOUR)], "0.333"),
    ],
)
def test_windows_count_by_what_is_usual_in_them_and_by_what_of_them_is_in_the_day(
    looks: list[Look], share: str | None
) -> None:
    assert coverage(looks, DAY) == (Decimal(share) if share else None)


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ([], ""),
        ([a_look("0.5")], ""),
        ([a_look("0.42")], "Thinly seen: about 42% of what is usual."),
        ([a_look("0")], "Thinly seen: about 0% of what is usual."),
        ([a_look(None, None, gaps=((NOON - HOUR, NOON),))], "Collection had gaps, so not all was seen."),
        ([a_look(None, None, gaps=((NOON - QUARTER, NOON),))] * 9, ""),
        ([a_look("0.9", gaps=((NOON - HOUR, NOON),))], ""),
        ([a_look(None, None, gaps=((EVENING, EVENING + HOUR),))], ""),
    ],
)
def test_a_thin_day_is_told_and_so_are_gaps_where_no_share_is_known(looks: list[Look], said: str) -> None:
    assert thinness(looks, DAY) == said


def test_gaps_are_added_up_over_windows() -> None:
    gaps = [((NOON - n * QUARTER, NOON - n * QUARTER + QUARTER),) for n in range(4)]
    looks = [a_look(None, None, gaps=gap) for gap in gaps]
    assert thinness(looks[:3], DAY) == ""
    assert thinness(looks, DAY) != ""


def test_a_summary_of_a_thin_day_says_so_in_its_figures_headline_and_texts() -> None:
    posts = [SeenPost("reddit:t3_a", "a", 3, 1, ("GME",), {"GME": Score(Decimal("0.7"), "model")})]
    whole = summarise(DAY, Day(posts, {}), 1, write_all=plain_texts)
    thin = summarise(DAY, Day(posts, {}, [a_look("0.4")]), 1, write_all=plain_texts)
    said = "Thinly seen: about 40% of what is usual."
    assert (whole.coverage, thin.coverage) == (None, Decimal("0.400"))
    assert thin.headline == f"{whole.headline} {said}"
    assert [ticker.text for ticker in thin.tickers] == [f"{ticker.text} {said}" for ticker in whole.tickers]


def test_a_day_without_posts_tells_what_is_known_of_it() -> None:
    summary = summarise(DAY, Day([], {}, [a_look("0")]), 1, write_all=plain_texts)
    assert summary.headline.endswith("is not known. Thinly seen: about 0% of what is usual.")
