"""A thousand tickers, several workers, one vendor that grants N requests a minute, in virtual time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from contracts.events.arrivals import Due
from services.market_data.closing import collect_bars
from services.market_data.membership import load_universe
from services.market_data.pacing import Pace
from services.market_data.polite import Polite, Vendor
from services.market_data.quoting import collect_quotes
from services.market_data.sharing import Sharing
from tests.builders import NOON
from tests.unit.market_data.doubles import (
    BarsInMemory,
    Notes,
    QuotesInMemory,
    RunsInMemory,
    a_due,
    said_by,
)
from tests.unit.market_data.virtual_time import Limited, Queue, RememberedInMemory, TurnsInMemory, VirtualTime

NAMES = [f"T{n:03}" for n in range(999)]  # and the benchmark
EVENING = datetime(2021, 1, 27, 23, 0, tzinfo=UTC)


@dataclass
class Collected:
    vendor: Limited
    notes: Notes
    took: timedelta
    series: str

    @property
    def complete(self) -> dict[str, object]:
        return self.notes.about(f"{self.series}.complete")[-1]


def collect(
    granted: int,
    *,
    series: str = "quotes",
    workers: int = 2,
    names: list[str] = NAMES,
    at_once: int = 1,
    unknown: frozenset[str] = frozenset(),
    down: timedelta = timedelta(),
    bad: frozenset[str] = frozenset(),
    client: Callable[[Limited], Vendor] = lambda vendor: vendor,
) -> Collected:
    """One tick until nothing is left of it; the vendor cannot be reached at first, for as long as *down*."""
    clock = VirtualTime()
    queue, notes = Queue(clock), Notes()
    vendor = Limited(clock, granted, unknown, NOON + down, bad, at_once)
    turns, remembered = TurnsInMemory(clock, Pace(granted)), RememberedInMemory()
    runs, quotes, bars = RunsInMemory(), QuotesInMemory(), BarsInMemory()
    sharing = Sharing(series, lambda _: names, queue.again, runs, lambda _: None, rounds=40, note=notes)
    queue.again(a_due(NOON if series == "quotes" else EVENING), timedelta())

    def worker(sleep: Callable[[float], None]) -> None:
        polite = Polite(client(vendor), turns, remembered, clock, sleep)

        def stopwatch() -> Callable[[], Decimal]:
            begun = clock()
            return lambda: Decimal((clock() - begun).total_seconds())

        def handle(due: Due) -> None:
            if series == "quotes":
                collect_quotes(
                    due, said_by(due), sharing=sharing, providers=[polite], quotes=quotes,
                    bar_of=lambda *_: None, stopwatch=stopwatch, note=notes,
                )  # fmt: skip
            else:
                collect_bars(
                    due, said_by(due), sharing=sharing, providers=[polite], bars=bars, quotes=quotes,
                    history=2, stopwatch=stopwatch, note=notes,
                )  # fmt: skip

        queue.work(handle, sleep)

    clock.run([worker] * workers)
    return Collected(vendor, notes, clock() - NOON, series)


def busiest_minute(moments: list[datetime]) -> int:
    return max(sum(m <= other < m + timedelta(minutes=1) for other in moments) for m in moments)


@pytest.mark.parametrize(("granted", "workers"), [(60, 2), (200, 2), (100, 5)])
def test_a_thousand_tickers_take_what_is_granted_and_never_more(granted: int, workers: int) -> None:
    found = collect(granted, workers=workers)
    moments = sorted(found.vendor.moments)
    assert found.vendor.refused == 0
    assert busiest_minute(moments) <= granted
    minutes = (moments[-1] - moments[0]) / timedelta(minutes=1)
    assert (len(moments) - 1) / minutes >= 0.95 * granted
    assert found.complete == {"asked": 1000, "got": 1000, "missed": {}}
    assert sorted(found.vendor.asked) == sorted(["SPY", *NAMES])


def test_every_ticker_is_got_or_named() -> None:
    gone = frozenset({"T007", "T500", "T998"})
    found = collect(200, unknown=gone)
    assert found.complete == {"asked": 1000, "got": 997, "missed": dict.fromkeys(sorted(gone), "no_data")}


def test_an_outage_of_ten_minutes_loses_nobody_and_is_met_with_a_probe_at_a_time() -> None:
    found = collect(200, down=timedelta(minutes=10))
    assert found.complete == {"asked": 1000, "got": 1000, "missed": {}}
    during = sorted(m for m in found.vendor.moments if m < NOON + timedelta(minutes=10))
    assert len(during) < 10
    rests = [later - earlier for earlier, later in pairwise(during[3:])]  # the fourth was on its way
    assert rests == sorted(rests)
    assert rests[0] > timedelta(minutes=1)


def test_a_universes_bars_take_under_a_quarter_of_an_hour_at_a_hundred_a_minute() -> None:
    names = load_universe().on(datetime(2026, 7, 20, tzinfo=UTC).date())
    found = collect(100, series="bars", names=names)
    assert found.took < timedelta(minutes=15)
    assert (found.vendor.refused, found.complete["got"]) == (0, len({"SPY", *names}))


def test_with_a_hundred_tickers_a_request_it_takes_a_minute_and_a_bad_symbol_stops_nothing() -> None:
    bad = frozenset({"T100"})
    found = collect(200, series="bars", at_once=100, bad=bad)
    assert found.took < timedelta(minutes=1)
    assert found.complete == {"asked": 1000, "got": 999, "missed": {"T100": "no_data"}}
