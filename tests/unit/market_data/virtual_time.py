"""A clock that only moves when everybody sleeps, and who shares it: workers, a queue, a limited vendor."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Condition, Thread

from contracts.events.arrivals import Due
from services.market_data.asking import Bar, Histories, Quote, Quotes, Unavailable
from services.market_data.pacing import Pace, Standing, admitted, failed, worked
from services.market_data.polite import Answer
from tests.builders import NOON
from tests.unit.market_data.doubles import a_day, a_price


class VirtualTime:
    """One of its workers runs at a time; when all sleep, time goes on to the first that wakes."""

    def __init__(self) -> None:
        self._now = NOON
        self._turn = Condition()
        self._asleep: dict[int, datetime] = {}
        self._running: int | None = None

    def __call__(self) -> datetime:
        return self._now

    def run(self, workers: Sequence[Callable[[Callable[[float], None]], None]]) -> None:
        """Each worker is given its own `sleep`; returns when all are done."""
        self._asleep = dict.fromkeys(range(len(workers)), self._now)
        threads = [Thread(target=self._live, args=(n, worker)) for n, worker in enumerate(workers)]
        for thread in threads:
            thread.start()
        with self._turn:
            self._next()
        for thread in threads:
            thread.join()

    def _live(self, who: int, worker: Callable[[Callable[[float], None]], None]) -> None:
        self._wait(who)
        try:
            worker(lambda seconds: self._sleep(who, seconds))
        finally:
            with self._turn:
                self._next()

    def _sleep(self, who: int, seconds: float) -> None:
        with self._turn:
            self._asleep[who] = self._now + timedelta(seconds=seconds)
            self._next()
        self._wait(who)

    def _wait(self, who: int) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self._running == who)

    def _next(self) -> None:
        self._running = min(self._asleep, key=lambda who: (self._asleep[who], who), default=None)
        if self._running is not None:
            self._now = max(self._now, self._asleep.pop(self._running))
        self._turn.notify_all()


@dataclass
class Queue:
    """Delivers what is sent after its delay, to whichever worker comes first."""

    clock: VirtualTime
    waiting: list[tuple[datetime, int, Due]] = field(default_factory=list)
    sent: int = 0
    busy: int = 0

    def again(self, due: Due, delay: timedelta) -> None:
        self.sent += 1
        self.waiting.append((self.clock() + delay, self.sent, due))

    def work(self, handle: Callable[[Due], None], sleep: Callable[[float], None]) -> None:
        """Until nothing is left and nobody else may send more."""
        while self.waiting or self.busy:
            ready = sorted(one for one in self.waiting if one[0] <= self.clock())
            if not ready:
                sleep(1)
                continue
            self.waiting.remove(ready[0])
            self.busy += 1
            handle(ready[0][2])
            self.busy -= 1


@dataclass
class Limited:
    """A vendor that grants *granted* requests in any minute and answers 429 beyond.

    It knows nothing of *unknown*, cannot be reached until *down_until*, and refuses requests that name *bad*.
    """

    clock: VirtualTime
    granted: int
    unknown: frozenset[str] = frozenset()
    down_until: datetime = NOON
    bad: frozenset[str] = frozenset()
    quotes_at_once: int = 1
    moments: list[datetime] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: int = 0
    name: str = "limited"
    _minute: "deque[datetime]" = field(default_factory=deque)

    def bars_at_once(self, sessions: int) -> int:
        return self.quotes_at_once

    def quotes(self, tickers: Sequence[str], at: datetime) -> Quotes | Unavailable:
        if refusal := self.refusal(tickers):
            return refusal
        prices: dict[str, Quote | Unavailable] = {
            ticker: a_price(ticker=ticker, as_of=at, price=Decimal(150)) for ticker in tickers
        }
        return {ticker: price for ticker, price in prices.items() if ticker not in self.unknown}

    def bars(self, tickers: Sequence[str], first: date, last: date) -> Histories | Unavailable:
        if refusal := self.refusal(tickers):
            return refusal
        found: dict[str, list[Bar] | Unavailable] = {
            ticker: [a_day(last, ticker=ticker, provider=self.name)] for ticker in tickers
        }
        return {ticker: bars for ticker, bars in found.items() if ticker not in self.unknown}

    def refusal(self, tickers: Sequence[str]) -> Unavailable | None:
        now = self.clock()
        self.moments.append(now)
        while self._minute and self._minute[0] <= now - timedelta(minutes=1):
            self._minute.popleft()
        if len(self._minute) >= self.granted:
            self.refused += 1
            return Unavailable("rate_limited", "429", timedelta(minutes=1))
        self._minute.append(now)
        self.asked += tickers
        if now < self.down_until:
            return Unavailable("unreachable", "timed out")
        return Unavailable("no_data", "400") if self.bad & {*tickers} else None


@dataclass
class TurnsInMemory:
    clock: Callable[[], datetime]
    pace: Pace
    jitter: float = 0.5
    standings: dict[str, Standing] = field(default_factory=dict)

    def take(self, vendor: str, now: datetime, patience: timedelta) -> timedelta | Unavailable:
        found = admitted(self._of(vendor), self.pace, now, patience)
        if isinstance(found, Unavailable):
            return found
        self.standings[vendor], wait = found
        return wait

    def worked(self, vendor: str) -> None:
        self.standings[vendor] = worked(self._of(vendor))

    def failed(self, vendor: str, refusal: Unavailable, now: datetime) -> None:
        self.standings[vendor] = failed(self._of(vendor), refusal, now, self.jitter)

    def _of(self, vendor: str) -> Standing:
        return self.standings.get(vendor, Standing())


@dataclass
class RememberedInMemory:
    held: dict[str, tuple[datetime, Answer | None]] = field(default_factory=dict)

    def claim(self, key: str, now: datetime, until: datetime) -> Answer | bool:
        fresh, answer = self.held.get(key, (now, None))
        if fresh > now:
            return answer if answer is not None else False
        self.held[key] = until, None
        return True

    def keep(self, key: str, answer: Answer, until: datetime) -> None:
        self.held[key] = until, answer

    def give_up(self, key: str) -> None:
        self.held.pop(key, None)
