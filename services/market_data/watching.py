"""Whether collections bring what such a moment usually brings, while the market is open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import mean, stdev
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish, instant_text
from contracts.events.market_data import CollectionAnomalyDetectedV1
from services.market_data.asking import Note
from services.market_data.hours import NEW_YORK, last_closed_session, state_at
from services.market_data.reporting import Run
from services.market_data.tracking import with_benchmark

PATIENCE = timedelta(minutes=5)
"""How long a tick may be without a single success."""

QUOTES_EVERY = timedelta(minutes=15)

WEEKS = 8
ENOUGH_BEFORE = 6
"""Fewer counts of the same weekday and hour say nothing about what is usual."""

UNUSUAL_Z = 3
WORTH_TELLING = 0.1
"""Share of the mean: counts that hardly ever differ would make a single miss an anomaly."""


@dataclass(frozen=True)
class KeptAnomaly:
    """An anomaly as it was announced, and the tick that found it."""

    told: CollectionAnomalyDetectedV1
    due_at: datetime


class Runs(Protocol):
    def between(self, series: str, first: datetime, last: datetime) -> list[Run]:
        """Those due from *first* to *last*, both included, oldest first."""
        ...

    def last_success(self, series: str, until: datetime) -> datetime | None:
        """When the newest run that got anything was due, none when there never was one."""
        ...

    def keep_anomaly(self, key: str, found: KeptAnomaly) -> KeptAnomaly:
        """Keeps it unless the series has one of that *key*. Gives the one that stands: the first."""
        ...


def watch_collection(
    due: Due,
    publish: Publish,
    *,
    runs: Runs,
    wanted: Mapping[str, Callable[[datetime], Sequence[str]]],
    alarm: Callable[[], None],
    note: Note,
) -> None:
    """Announces a series that fell silent, once an outage, and a run of unusual size, once.

    Quotes are silent when 5 minutes after a tick was due none could be had, bars when the last session's are
    not there. Outside the regular session nothing is looked at. Safe to repeat: a tick tells the same again.
    """
    at = due.due_at
    if state_at(at) != "regular":
        note("collections.not_watched", extra={"reason": "closed", "due_at": str(at)})
        return
    for series, begin in (("quotes", last_tick(at)), ("bars", last_closed_session(at).close)):
        recent = runs.between(series, begin, at)
        complete = [run for run in recent if run.finished]
        if any(run.got for run in recent):
            if not complete:
                continue
            key, found = _unusual(complete[-1], runs)
        else:
            key, found = _silent(series, at, runs, len(with_benchmark(list(wanted[series](at)))))
        if found and (standing := runs.keep_anomaly(key, KeptAnomaly(found, at))).due_at == at:
            publish(standing.told)
            alarm()
            note("collection.anomalous", extra={"series": series, "reason": found.why})


def last_tick(at: datetime) -> datetime:
    """When the newest tick of quotes was due that should have brought something by *at*."""
    should = at - PATIENCE
    return should - (should - should.replace(minute=0, second=0, microsecond=0)) % QUOTES_EVERY


def _silent(series: str, at: datetime, runs: Runs, expected: int) -> tuple[str, CollectionAnomalyDetectedV1]:
    """An outage is known by the last success before it: the same until there is another."""
    last = runs.last_success(series, at)
    return f"SILENT#{instant_text(last) if last else 'never'}", CollectionAnomalyDetectedV1(
        series=series, minute=at, expected=Decimal(expected), seen=0, why="silent"
    )


def _unusual(run: Run, runs: Runs) -> tuple[str, CollectionAnomalyDetectedV1 | None]:
    key = f"UNUSUAL#{instant_text(run.due_at)}"
    before = [one.got for hour in hours_alike(run.due_at) for one in runs.between(run.series, *hour)]
    if not is_unusual(run.got, before):
        return key, None
    return key, CollectionAnomalyDetectedV1(
        series=run.series,
        minute=run.due_at,
        expected=Decimal(f"{mean(before):.2f}"),
        seen=run.got,
        why="unusual",
        z_score=z_score(run.got, before),
    )


def is_unusual(seen: int, before: Sequence[int]) -> bool:
    """Whether *seen* is three deviations and a tenth from the mean of six counts or more *before*."""
    if len(before) < ENOUGH_BEFORE or abs(seen - mean(before)) <= WORTH_TELLING * mean(before):
        return False
    z = z_score(seen, before)
    return z is None or abs(z) >= UNUSUAL_Z


def z_score(seen: int, before: Sequence[int]) -> Decimal | None:
    """(seen − mean) ÷ sample standard deviation, two places; none where the counts never differed."""
    deviation = stdev(before)
    return Decimal(f"{(seen - mean(before)) / deviation:.2f}") if deviation else None


def hours_alike(at: datetime) -> list[tuple[datetime, datetime]]:
    """The same weekday's same hour in New York, in each of the eight weeks before."""
    local = at.astimezone(NEW_YORK).replace(minute=0, second=0, microsecond=0)
    begins = (local - timedelta(weeks=n) for n in range(1, WEEKS + 1))
    return [(begin, begin + timedelta(minutes=59, seconds=59)) for begin in begins]
