"""A tick shared out: a message for some of its tickers at a time, those that failed again on their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from contracts.events.arrivals import Due
from services.market_data.asking import PASSING, Note, Patience, Unavailable
from services.market_data.reporting import Part, Run
from services.market_data.tracking import with_benchmark

AT_ONCE = 40
"""Tickers of one message: with a history each, what they have to tell is told within a worker's time."""

WAITS = timedelta(seconds=75)
"""Of a worker's 180 s, what may go by before it stops waiting for its turn."""

SOON = timedelta(seconds=5)


class Runs(Protocol):
    def begin(self, series: str, due_at: datetime, asked: int) -> None: ...

    def add(self, part: Part) -> Run:
        """Gives all that is known of the run with it. Safe to repeat."""
        ...


Again = Callable[[Due, timedelta], None]
"""Sends a tick, or a part of one, to the queue it came from, to be delivered after that time."""


@dataclass(frozen=True)
class Sharing:
    """How the ticks of one series are worked off; *rounds* is how often a part may be put off."""

    series: str
    wanted: Callable[[datetime], Sequence[str]]
    again: Again
    runs: Runs
    gauge: Callable[[Part], None]
    rounds: int
    note: Note

    def share(self, due: Due) -> tuple[str, ...]:
        """The tickers this message is for. A whole tick sends the rest of its tickers on their own way."""
        if due.only:
            return due.only
        tickers = with_benchmark(list(self.wanted(due.due_at)))
        self.runs.begin(self.series, due.due_at, len(tickers))
        first, *others = (tuple(tickers[n : n + AT_ONCE]) for n in range(0, len(tickers), AT_ONCE))
        for other in others:
            self.again(due.model_copy(update={"only": other}), timedelta())
        return first

    def settle(self, due: Due, got: Sequence[str], missed: Mapping[str, Unavailable], took: Decimal) -> None:
        """Puts off what may be had in minutes and records the rest; notes a complete run, misses by name."""
        later = {t: miss for t, miss in missed.items() if miss.reason in PASSING and due.round < self.rounds}
        if later:
            rests = [miss.rest for miss in later.values() if miss.rest]
            alone = due.model_copy(update={"only": tuple(sorted(later)), "round": due.round + 1})
            self.again(alone, max(min(rests, default=SOON), SOON))
        final = {ticker: miss.reason for ticker, miss in missed.items() if ticker not in later}
        part = Part(self.series, due.due_at, tuple(got), final, took)
        self.gauge(part)
        run = self.runs.add(part)
        if run.finished:
            extra = {"asked": run.asked, "got": run.got, "missed": dict(run.missed)}
            self.note(f"{self.series}.complete", extra=extra)


def patience(elapsed: Callable[[], Decimal]) -> Patience:
    """What is left of a worker's waiting, by the seconds since it began."""
    return lambda: max(WAITS - timedelta(seconds=float(elapsed())), timedelta())
