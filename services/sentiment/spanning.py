"""What is said about a ticker within an hour, a day and a week; days that are over are added up once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from services.sentiment.keeping import Adoption, Score
from services.sentiment.seeing import Look, coverage, thin
from services.sentiment.sums import NOTHING, Sums, added_up, together

Silence = Literal["nobody spoke", "too little was seen", "not known whether anybody looked"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS_OF_A_WEEK = 7

_STEP = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Window:
    """The talk from *start* until before *end*. Of no talk there are no figures, and *silence* says why."""

    name: str
    start: datetime
    end: datetime
    mentions: int
    unique_authors: int
    mean: Decimal | None
    spread: Decimal | None
    near_duplicate_share: Decimal | None
    fallback_share: Decimal | None
    coverage: Decimal | None
    silence: Silence | None


@dataclass(frozen=True, slots=True)
class Summed:
    """A day added up, under the adoptions that *ruling* names."""

    ruling: str
    sums: Sums


class Scores(Protocol):
    def between(
        self, ticker: str, start: datetime, end: datetime, *, latest: bool = False
    ) -> Sequence[Score]:
        """*latest*: with all that was written before the call."""
        ...

    def adoptions(self) -> Sequence[Adoption]: ...


class Days(Protocol):
    def kept(self, ticker: str, first: date, last: date) -> Mapping[date, Summed]: ...

    def begin(self, ticker: str, day: date) -> str: ...

    def keep(self, ticker: str, day: date, begun: str, summed: Summed) -> bool:
        """False, and nothing is kept, when a score of the day came or went since it was begun."""
        ...


class Looks(Protocol):
    def between(self, start: datetime, end: datetime) -> Sequence[Look]: ...


def windows_at(
    ticker: str, end: datetime, *, scores: Scores, days: Days, looks: Looks
) -> tuple[Window, Window, Window]:
    """PT1H, PT24H and P7D, as they are known now. The week is the UTC day of *end* and the six before."""
    today = midnight((end - timedelta(microseconds=1)).astimezone(UTC).date())
    start = today - (DAYS_OF_A_WEEK - 1) * DAY
    last_day = scores.between(ticker, end - DAY, end)
    before = _days_before(ticker, today, scores, days)
    week = together([*before, added_up(score for score in last_day if score.posted_at >= today)])
    seen = looks.between(min(start, end - DAY), end)
    return (
        _window("PT1H", end - HOUR, end, added_up(s for s in last_day if s.posted_at >= end - HOUR), seen),
        _window("PT24H", end - DAY, end, added_up(last_day), seen),
        _window("P7D", start, end, week, seen),
    )


def _days_before(ticker: str, today: datetime, scores: Scores, days: Days) -> list[Sums]:
    """Of the six days before *today*: as they were added up, and added up now where they were not."""
    dates = [(today - ago * DAY).date() for ago in range(DAYS_OF_A_WEEK - 1, 0, -1)]
    adoptions = scores.adoptions()
    kept = days.kept(ticker, dates[0], dates[-1])
    found: list[Sums] = []
    for day in dates:
        ruling, known = _ruling(adoptions, day), kept.get(day)
        if known is None or known.ruling != ruling:
            known = _add_up(ticker, day, ruling, scores, days)
        found.append(known.sums)
    return found


def _add_up(ticker: str, day: date, ruling: str, scores: Scores, days: Days) -> Summed:
    begun = days.begin(ticker, day)  # before the scores are read: a change since then is noticed
    found = added_up(scores.between(ticker, midnight(day), midnight(day) + DAY, latest=True))
    summed = Summed(ruling, found)
    days.keep(ticker, day, begun, summed)
    return summed


def _ruling(adoptions: Collection[Adoption], day: date) -> str:
    """Which adoptions say what scores of the day are in force."""
    start = midnight(day)
    covering = [one for one in adoptions if one.since < start + DAY and one.until > start]
    return " ".join(sorted(f"{one.run}/{one.asked_at.isoformat()}" for one in covering))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _window(name: str, start: datetime, end: datetime, sums: Sums, looks: Sequence[Look]) -> Window:
    seen = coverage(looks, start, end)
    told = sums.told if sums != NOTHING else None
    return Window(
        name=name,
        start=start,
        end=end,
        mentions=sums.mentions,
        unique_authors=len(sums.authors),
        mean=told.mean.quantize(_STEP) if told else None,
        spread=told.spread.quantize(_STEP) if told else None,
        near_duplicate_share=_share(sums.repeats, sums.mentions),
        fallback_share=_share(sums.fallback, sums.mentions),
        coverage=seen,
        silence=None if told else _silence(seen),
    )


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(_STEP) if whole else None


def _silence(seen: Decimal | None) -> Silence:
    if seen is None:
        return "not known whether anybody looked"
    return "too little was seen" if thin(seen) else "nobody spoke"
