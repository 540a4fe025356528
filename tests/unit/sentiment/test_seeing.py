"""Thin is not calm: what a window may say of which too little was seen."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.events.ingestion import CollectionCompletedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.sentiment.seeing import Look, Seen, coverage, keep_looks, thin
from services.sentiment.windows import Standing, standing_after
from tests.builders import NOON, Said, enveloped
from tests.unit.sentiment.test_windows import Known, Windows, an_hour_of, some_figures, told_at

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
THIN, WHOLE = Decimal("0.3"), Decimal("0.9")
SURGING, FALLEN = Standing(NOON, "calm", "surging"), Standing(NOON, "fallen", "calm")
QUIET, LOUD = some_figures(surge=Decimal(0), voices=3), some_figures(surge=Decimal(2), voices=20)
LATER = NOON + QUARTER


def a_look(share: str, end: datetime = NOON, length: timedelta = HOUR, expected: str = "40") -> Look:
    return Look("reddit", end - length, end, Decimal(expected), Decimal(share))


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


@pytest.mark.parametrize(
    ("seen", "talk"),
    [
        (Seen(), "calm"),
        (Seen(hour=WHOLE), "calm"),
        (Seen(hour=THIN), "surging"),
        (Seen(hour=Decimal("0.5")), "calm"),
    ],
)
def test_a_surge_does_not_end_in_an_hour_that_was_thinly_seen(seen: Seen, talk: str) -> None:
    assert standing_after(SURGING, QUIET, LATER, seen)[0].talk == talk


def test_a_mood_does_not_end_in_an_hour_that_was_thinly_seen() -> None:
    found = some_figures(shift=Decimal("0.01"))
    assert standing_after(FALLEN, found, LATER, Seen(hour=THIN))[0].mood == "fallen"
    assert standing_after(FALLEN, found, LATER, Seen(hour=WHOLE))[0].mood == "calm"


def test_what_is_loud_though_thinly_seen_is_told() -> None:
    assert standing_after(None, LOUD, NOON, Seen(hour=THIN))[1] == ("mentions",)


def test_after_a_day_that_was_thinly_seen_nothing_begins_to_surge_and_what_does_goes_on() -> None:
    assert standing_after(None, LOUD, NOON, Seen(hour=WHOLE, day=THIN))[1] == ()
    assert standing_after(SURGING, LOUD, LATER, Seen(hour=WHOLE, day=THIN))[0].talk == "surging"
    assert standing_after(None, LOUD, NOON, Seen(hour=WHOLE, day=WHOLE))[1] == ("mentions",)


def test_a_silence_that_was_not_seen_ends_nothing() -> None:
    late = NOON + 3 * HOUR
    assert standing_after(SURGING, LOUD, late, Seen(since=THIN))[1] == ()
    assert standing_after(SURGING, LOUD, late, Seen(since=WHOLE))[1] == ("mentions",)


@pytest.mark.parametrize(
    ("looks", "share"),
    [
        ([], None),
        ([a_look("0.4"), a_look("1")], "0.700"),
        ([a_look("0.4", expected="30"), a_look("1", expected="10")], "0.550"),
        ([a_look("0", expected="9.9")], None),
        ([a_look("0.2", end=NOON - HOUR)], None),
        ([a_look("0.2", end=NOON + HOUR / 2)], "0.200"),
        ([a_look("0", expected="20"), a_look("1", NOON + HOUR / 2, expected="20")], "0.333"),
        ([a_look("0.4", length=timedelta())], None),
    ],
)
def test_windows_count_by_what_is_usual_in_them(looks: list[Look], share: str | None) -> None:
    assert coverage(looks, NOON - HOUR, NOON) == (Decimal(share) if share else None)


def test_nothing_known_is_not_thin() -> None:
    assert [thin(share) for share in (None, Decimal(0), THIN, Decimal("0.5"), Decimal(1))] == [
        False, True, True, False, False,
    ]  # fmt: skip


def test_a_shift_tells_how_much_of_its_hour_was_seen() -> None:
    (told,) = told_at(NOON, Known(an_hour_of(12)), Windows(), a_look("0.42"))
    assert TickerSentimentShiftedV1.read(told.data).coverage == Decimal("0.420")
    (told,) = told_at(NOON, Known(an_hour_of(12)), Windows())
    assert TickerSentimentShiftedV1.read(told.data).coverage is None


def test_after_an_outage_of_a_day_not_every_ticker_is_loud() -> None:
    dark = a_look("0.1", end=NOON - HOUR, length=24 * HOUR, expected="900")
    assert told_at(NOON, Known(an_hour_of(12)), Windows(), dark, a_look("1")) == []


class LooksKept:
    def __init__(self) -> None:
        self.kept: list[Look] = []

    def keep(self, look: Look) -> None:
        self.kept.append(look)

    def between(self, start: datetime, end: datetime) -> list[Look]:
        return self.kept


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, 1),
        ({"coverage": None, "expected": None}, 0),
        ({"coverage": None, "expected": "0"}, 0),
        ({"coverage": "0"}, 1),
    ],
)
def test_only_what_was_measured_is_kept(changes: dict[str, Any], kept: int) -> None:
    looks, done = LooksKept(), a_collection(**changes)
    keep_looks(done, Said(enveloped(done)), looks=looks)
    assert len(looks.kept) == kept
