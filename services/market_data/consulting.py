"""Providers asked in order: the first believable answer about a ticker counts, under its provider's name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from services.market_data.asking import Bar, Note, Patience, Provider, Quote, Reason, Unavailable, quote_fault
from services.market_data.hours import state_at

# Which reason is told when no provider had an answer: a ticker unknown to one may well live on where another
# would not let us look, so what says least about the ticker comes first. Who was never let in says nothing.
_TELLING: tuple[Reason, ...] = (
    "not_yet", "rate_limited", "unreachable", "closed", "delisted", "no_data", "no_credentials",
)  # fmt: skip

_LEFT_OUT: tuple[Reason, ...] = ("rate_limited", "unreachable", "no_credentials")

T = TypeVar("T")
Answers = Mapping[str, T | Unavailable]
Ask = Callable[[Provider, Sequence[str]], Mapping[str, T | Unavailable]]


class Panel:
    """Providers in the order they are asked, for the length of one message."""

    def __init__(self, providers: Sequence[Provider], patience: Patience, note: Note) -> None:
        self._providers, self._patience, self._note = providers, patience, note

    def quotes(self, tickers: Sequence[str], at: datetime) -> dict[str, Quote | Unavailable]:
        """An answer for each ticker. While the market is closed nobody is asked."""
        if state_at(at) == "closed":
            return dict.fromkeys(tickers, Unavailable("closed", f"the market is closed at {at}"))
        return _in_order(self._providers, tickers, self._quotes_at(at), self._note)

    def second_quote(self, ticker: str, at: datetime, *, besides: str) -> Quote | Unavailable:
        """What another provider than *besides* says."""
        others = [provider for provider in self._providers if provider.name != besides]
        return _in_order(others, [ticker], self._quotes_at(at), self._note)[ticker]

    def bars(
        self, tickers: Sequence[str], first_session: date, last_session: date
    ) -> dict[str, list[Bar] | Unavailable]:
        """An answer for each ticker."""

        def ask(provider: Provider, left: Sequence[str]) -> dict[str, list[Bar] | Unavailable]:
            found = provider.bars(left, first_session, last_session, self._patience)
            return {ticker: bars for ticker, bars in found.items() if isinstance(bars, Unavailable) or bars}

        return _in_order(self._providers, tickers, ask, self._note)

    def _quotes_at(self, at: datetime) -> Ask[Quote]:
        def ask(provider: Provider, left: Sequence[str]) -> dict[str, Quote | Unavailable]:
            found = provider.quotes(left, at, self._patience)
            return {ticker: _believed(answer, at) for ticker, answer in found.items()}

        return ask


def _believed(answer: Quote | Unavailable, at: datetime) -> Quote | Unavailable:
    if isinstance(answer, Quote) and (fault := quote_fault(answer, at)):
        return Unavailable("no_data", f"{answer.provider}: {fault}")
    return answer


def _in_order(
    providers: Iterable[Provider], tickers: Sequence[str], ask: Ask[T], note: Note
) -> dict[str, T | Unavailable]:
    """The first real answer for each ticker, else the most telling refusal with what everyone said.

    Who has its turn yet to come is waited for: the next provider is for what this one cannot answer.
    """
    found: dict[str, T | Unavailable] = {}
    misses: dict[str, list[Unavailable]] = {ticker: [] for ticker in tickers}
    for provider in providers:
        left = [ticker for ticker in misses if ticker not in found]
        answers = ask(provider, left) if left else {}
        _note_passed_over(provider, answers.values(), note)
        for ticker in left:
            answer = answers.get(ticker) or Unavailable(
                "no_data", f"{provider.name} knows nothing of {ticker}"
            )
            if not isinstance(answer, Unavailable):
                found[ticker] = answer
                continue
            misses[ticker].append(answer)
            if answer.reason == "not_yet":
                found[ticker] = _told(misses[ticker])
    return {ticker: found.get(ticker) or _told(said) for ticker, said in misses.items()}


def _note_passed_over(provider: Provider, answers: Iterable[object], note: Note) -> None:
    """Who is left out is said, also where the next one answers in its place."""
    refused = [a for a in answers if isinstance(a, Unavailable) and a.reason in _LEFT_OUT]
    if refused:
        extra = {"provider": provider.name, "reason": refused[0].reason, "detail": refused[0].detail}
        note("provider.left_out", extra={**extra, "tickers": len(refused)})


def _told(misses: Sequence[Unavailable]) -> Unavailable:
    if not misses:
        return Unavailable("no_data", "no provider to ask")
    reason = min((miss.reason for miss in misses), key=_TELLING.index)
    rests = [miss.rest for miss in misses if miss.rest is not None]
    rest = min(rests, default=None) if reason in ("not_yet", "rate_limited", "unreachable") else None
    return Unavailable(reason, "; ".join(miss.detail for miss in misses), rest)


def always() -> timedelta:
    """The patience of whoever is never kept waiting."""
    return timedelta.max
