"""A vendor asked at one pace by all workers together, and once a ticker while its answer is fresh."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from services.market_data.asking import Bar, Histories, Patience, Quote, Quotes, Unavailable

FRESH_QUOTE, FRESH_BARS = timedelta(minutes=5), timedelta(minutes=10)
"""How long nobody asks again. Quotes are due every quarter of an hour."""

A_MOMENT = timedelta(seconds=10)
"""What another worker's request takes at most, about."""

Answer = Quote | list[Bar] | Unavailable
Ask = Callable[[Sequence[str]], Mapping[str, Answer] | Unavailable]


class Vendor(Protocol):
    """One call is one request. What it says of no ticker in particular is said of all."""

    @property
    def name(self) -> str: ...

    quotes_at_once: int

    def bars_at_once(self, sessions: int) -> int:
        """How many tickers one request may name, where each has so many sessions."""
        ...

    def quotes(self, tickers: Sequence[str], at: datetime) -> Quotes | Unavailable: ...

    def bars(self, tickers: Sequence[str], first: date, last: date) -> Histories | Unavailable: ...


class Turns(Protocol):
    def take(self, vendor: str, now: datetime, patience: timedelta) -> timedelta | Unavailable:
        """How long until the request's turn, or why it has none."""
        ...

    def worked(self, vendor: str) -> None: ...

    def failed(self, vendor: str, refusal: Unavailable, now: datetime) -> None: ...


class Remembered(Protocol):
    """Answers that are fresh, shared by all workers."""

    def claim(self, key: str, now: datetime, until: datetime) -> Answer | bool:
        """The answer where there is one; else whether it is the caller who now has to ask."""
        ...

    def keep(self, key: str, answer: Answer, until: datetime) -> None: ...

    def give_up(self, key: str) -> None:
        """The next may ask at once."""
        ...


class Polite:
    """Satisfies Provider."""

    def __init__(
        self,
        vendor: Vendor,
        turns: Turns,
        remembered: Remembered,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._vendor, self._turns, self._remembered = vendor, turns, remembered
        self._clock, self._sleep = clock, sleep

    @property
    def name(self) -> str:
        return self._vendor.name

    def quotes(self, tickers: Sequence[str], at: datetime, patience: Patience) -> Quotes:
        asking = _Asking(self, "QUOTE", FRESH_QUOTE, lambda some: self._vendor.quotes(some, at), patience)
        found = asking.by(self._vendor.quotes_at_once, tickers)
        return {ticker: answer for ticker, answer in found.items() if not isinstance(answer, list)}

    def bars(self, tickers: Sequence[str], first: date, last: date, patience: Patience) -> Histories:
        what = f"BARS#{first}#{last}"
        asking = _Asking(self, what, FRESH_BARS, lambda some: self._vendor.bars(some, first, last), patience)
        at_once = self._vendor.bars_at_once((last - first).days + 1)
        found = asking.by(at_once, tickers)
        return {ticker: answer for ticker, answer in found.items() if not isinstance(answer, Quote)}

    def _turn(self, patience: Patience) -> Unavailable | None:
        """Waits for it; or why there is none."""
        wait = self._turns.take(self.name, self._clock(), max(patience(), timedelta()))
        if isinstance(wait, Unavailable):
            return Unavailable(wait.reason, f"{self.name} {wait.detail}", wait.rest)
        self._sleep(wait.total_seconds())
        return None


class _Asking:
    """One question about many tickers."""

    def __init__(self, of: Polite, what: str, fresh: timedelta, ask: Ask, patience: Patience) -> None:
        self._of, self._what, self._fresh, self._ask, self._patience = of, what, fresh, ask, patience

    def by(self, at_once: int, tickers: Sequence[str]) -> dict[str, Answer]:
        """An answer for each; from the first refusal on, which holds for all, nothing more is asked."""
        found: dict[str, Answer] = {}
        left = list(tickers)
        while mine := list(self._claimed(left, at_once, found)):
            if refusal := self._put(mine, found):
                self._give_up([ticker for ticker in mine if ticker not in found], refusal, found)
                return {**dict.fromkeys(left, refusal), **found}
        return found

    def _claimed(self, left: list[str], at_once: int, found: dict[str, Answer]) -> Iterator[str]:
        """Takes tickers off *left* until a request is full; what others know or ask goes to *found*."""
        now = self._of._clock()
        taken = 0
        while left and taken < at_once:
            ticker = left.pop(0)
            held = self._of._remembered.claim(self._key(ticker), now, now + self._fresh)
            if held is True:
                taken += 1
                yield ticker
            elif held is False:
                detail = f"{self._of.name} is being asked about {ticker} by another worker"
                found[ticker] = Unavailable("not_yet", detail, A_MOMENT)
            else:
                found[ticker] = held

    def _put(self, tickers: Sequence[str], found: dict[str, Answer]) -> Unavailable | None:
        """Makes one request. Gives why no more can be made, none when they can."""
        if refusal := self._of._turn(self._patience):
            return refusal
        answers = self._ask(tickers)
        reason = answers.reason if isinstance(answers, Unavailable) else None
        if isinstance(answers, Unavailable) and reason in ("unreachable", "rate_limited"):
            self._of._turns.failed(self._of.name, answers, self._of._clock())
        elif reason != "no_credentials":
            self._of._turns.worked(self._of.name)
        if not isinstance(answers, Unavailable):
            self._keep(tickers, answers, found)
        elif reason in ("rate_limited", "no_credentials"):
            return answers
        elif reason == "unreachable":
            self._give_up(tickers, answers, found)
        elif len(tickers) > 1:  # one of them spoils it for the others
            half = len(tickers) // 2
            return self._put(tickers[:half], found) or self._put(tickers[half:], found)
        else:
            self._keep(tickers, dict.fromkeys(tickers, answers), found)
        return None

    def _keep(self, tickers: Sequence[str], answers: Mapping[str, Answer], found: dict[str, Answer]) -> None:
        until = self._of._clock() + self._fresh
        for ticker in tickers:
            nothing = Unavailable("no_data", f"{self._of.name} says nothing about {ticker}")
            found[ticker] = answers.get(ticker, nothing)
            self._of._remembered.keep(self._key(ticker), found[ticker], until)

    def _give_up(self, tickers: Sequence[str], refusal: Unavailable, found: dict[str, Answer]) -> None:
        for ticker in tickers:
            found[ticker] = refusal
            self._of._remembered.give_up(self._key(ticker))

    def _key(self, ticker: str) -> str:
        return f"{self._of.name}#{self._what}#{ticker}"
