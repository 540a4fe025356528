"""An hour, a day and a week of a ticker, and that days which are over are read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from services.sentiment.keeping import Adoption, Score
from services.sentiment.seeing import Look
from services.sentiment.spanning import Summed, Window, windows_at
from services.sentiment.sums import added_up, together
from tests.builders import NOON
from tests.unit.sentiment.test_windows import LooksKept, a_kept_score

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MIDNIGHT = NOON.replace(hour=0)


@dataclass
class Known:
    scores: list[Score]
    adopted: list[Adoption] = field(default_factory=list)
    read: int = 0

    def between(self, ticker: str, start: datetime, end: datetime, *, latest: bool = False) -> list[Score]:
        found = [s for s in self.scores if s.ticker == ticker and start <= s.posted_at < end]
        self.read += len(found)
        return found

    def adoptions(self) -> list[Adoption]:
        return self.adopted


@dataclass
class DaysKept:
    summed: dict[date, Summed] = field(default_factory=dict)

    def kept(self, ticker: str, first: date, last: date) -> Mapping[date, Summed]:
        return {day: summed for day, summed in self.summed.items() if first <= day <= last}

    def begin(self, ticker: str, day: date) -> str:
        return "begun"

    def keep(self, ticker: str, day: date, begun: str, summed: Summed) -> bool:
        self.summed[day] = summed
        return True


def looked(
    known: Known, *looks: Look, days: DaysKept | None = None, end: datetime = NOON
) -> dict[str, Window]:
    kept = days if days is not None else DaysKept()
    found = windows_at("GME", end, scores=known, days=kept, looks=LooksKept(list(looks)))
    return {window.name: window for window in found}


def said(number: int, ago: timedelta, polarity: str = "0.500", **changes: object) -> Score:
    return replace(a_kept_score(number), posted_at=NOON - ago, polarity=Decimal(polarity), **changes)  # type: ignore[arg-type]


def test_each_window_holds_its_posts_and_no_others() -> None:
    ages = [HOUR, HOUR + timedelta(seconds=1), DAY, DAY + timedelta(seconds=1), NOON - MIDNIGHT + 6 * DAY]
    known = Known([said(n, ago) for n, ago in enumerate([*ages, ages[-1] + timedelta(seconds=1)])])
    found = looked(known)
    assert [window.mentions for window in found.values()] == [1, 3, 5]
    assert found["P7D"].start == MIDNIGHT - 6 * DAY


def test_at_midnight_the_week_is_seven_whole_days() -> None:
    known = Known([said(1, NOON - MIDNIGHT + timedelta(seconds=1)), said(2, NOON - MIDNIGHT)])
    found = looked(known, end=MIDNIGHT)
    assert found["P7D"].start == MIDNIGHT - 7 * DAY
    assert found["P7D"].mentions == 1


def test_mean_and_spread_are_of_voices_however_often_one_speaks() -> None:
    loud = [said(n, timedelta(minutes=n + 1), "1.000", author="loud") for n in range(9)]
    hour = looked(Known([*loud, said(20, HOUR, "0.000")]))["PT1H"]
    assert (hour.mean, hour.spread, hour.mentions, hour.unique_authors) == (
        Decimal("0.500"),
        Decimal("0.500"),
        10,
        2,
    )


def test_an_author_of_many_days_is_one_author_and_a_voice_a_day() -> None:
    known = Known([said(n, n * DAY, "1.000", author="a") for n in (1, 2, 3)] + [said(9, HOUR, "0.000")])
    week = looked(known)["P7D"]
    assert (week.unique_authors, week.mean) == (2, Decimal("0.750"))


def test_a_text_that_comes_again_on_another_day_is_a_repeat() -> None:
    known = Known([said(1, 3 * DAY, cluster="c"), said(2, 2 * DAY, cluster="c"), said(3, HOUR)])
    assert looked(known)["P7D"].near_duplicate_share == Decimal("0.333")


def test_the_lexicon_is_counted_apart_and_heard_only_where_the_model_read_nothing() -> None:
    lexicon = said(1, HOUR, "-1.000", method="fallback")
    both = looked(Known([lexicon, said(2, 2 * DAY, "0.400"), said(3, 2 * DAY, "0.200", method="override")]))
    assert (both["PT1H"].mean, both["PT1H"].fallback_share) == (Decimal("-1.000"), Decimal("1.000"))
    assert (both["P7D"].mean, both["P7D"].fallback_share) == (Decimal("0.300"), Decimal("0.333"))


@pytest.mark.parametrize(
    ("looks", "silence"),
    [
        ([], "not known whether anybody looked"),
        ([Look("reddit", NOON - HOUR, NOON, Decimal(40), Decimal("0.9"))], "nobody spoke"),
        ([Look("reddit", NOON - HOUR, NOON, Decimal(40), Decimal("0.3"))], "too little was seen"),
    ],
)
def test_silence_has_a_reason_and_no_mean(looks: list[Look], silence: str) -> None:
    for window in looked(Known([]), *looks).values():
        assert (window.mean, window.spread, window.fallback_share) == (None, None, None)
        assert (window.mentions, window.silence) == (0, silence)


def test_each_window_tells_its_own_coverage() -> None:
    looks = [
        Look("reddit", NOON - HOUR, NOON, Decimal(10), Decimal(1)),
        Look("reddit", NOON - 2 * HOUR, NOON - HOUR, Decimal(30), Decimal("0.2")),
        Look("reddit", NOON - 3 * DAY, NOON - 3 * DAY + HOUR, Decimal(60), Decimal(1)),
    ]
    found = looked(Known([said(1, HOUR)]), *looks)
    assert [str(window.coverage) for window in found.values()] == ["1.000", "0.400", "0.760"]
    assert found["PT1H"].silence is None


def test_neither_order_nor_parts_change_a_sum() -> None:
    random = Random(7)  # noqa: S311 - an order, not a secret
    scores = [
        said(n, timedelta(minutes=n), str(Decimal(n) / 700), author=f"a{n % 7}", cluster=f"c{n % 5}")
        for n in range(60)
    ]
    whole = added_up(scores)
    for _ in range(10):
        random.shuffle(scores)
        assert added_up(scores) == whole
    parts = [added_up(scores[:20]), added_up(scores[20:25]), added_up(scores[25:])]
    assert together(parts) == together(parts[::-1])
    assert (together(parts).authors, together(parts).repeats) == (whole.authors, whole.repeats)


def test_days_that_are_over_are_read_once() -> None:
    known, days = Known([said(n, n * HOUR) for n in range(1, 168)]), DaysKept()
    first = looked(known, days=days)
    assert known.read > 100
    known.read = 0
    assert looked(known, days=days) == first
    assert known.read == 24


def test_an_adoption_makes_the_sums_of_its_days_void_and_of_no_others() -> None:
    known, days = Known([said(n, n * HOUR) for n in range(1, 168)]), DaysKept()
    looked(known, days=days)
    known.scores = [replace(score, polarity=Decimal("-0.500")) for score in known.scores]
    known.read = 0
    known.adopted = [Adoption("r", MIDNIGHT - 3 * DAY, MIDNIGHT - 2 * DAY, "m", "1", NOON)]
    assert looked(known, days=days)["P7D"].mean == Decimal("0.245")
    assert known.read == 24 + 24
