"""Takes quotes on a schedule, says how far each may be trusted, and corrects what the next look refutes."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from contracts.events.arrivals import Due
from contracts.events.envelope import Publish
from contracts.events.market_data import DailyBarClosedV1, PriceUpdatedV1, QuoteCorrectedV1
from services.market_data.asking import LATENESS, Note, Provider, Quote, Unavailable
from services.market_data.consulting import Panel
from services.market_data.correcting import by_its_provider, by_the_bar, by_the_next_look, tell_corrections
from services.market_data.doubting import change_pct, doubt_about
from services.market_data.hours import new_york_day, state_at
from services.market_data.keeping import KeptQuote, Quotes
from services.market_data.reporting import Stopwatch
from services.market_data.sharing import Sharing, patience
from services.market_data.tracking import BENCHMARK


def collect_quotes(
    due: Due,
    publish: Publish,
    *,
    sharing: Sharing,
    providers: Sequence[Provider],
    quotes: Quotes,
    bar_of: Callable[[str, date], DailyBarClosedV1 | None],
    stopwatch: Stopwatch,
    note: Note,
) -> None:
    """Asks for the tickers that are this message's share of a tick, and announces what is new.

    Safe to repeat: a tick tells the same again. A tick so late that there are bars of its session has its
    quotes held against them, which is done when bars are kept otherwise: in any order the same is corrected.
    """
    if state_at(due.due_at) == "closed":
        note("quotes.not_asked", extra={"reason": "closed", "due_at": str(due.due_at)})
        return
    elapsed = stopwatch()
    tickers = sharing.share(due)
    late = bar_of(BENCHMARK, new_york_day(due.due_at)) is not None
    panel = Panel(providers, patience(elapsed), note)
    tick = _Tick(due.due_at, panel, quotes, bar_of if late else _no_bar, publish, note)
    tick.take(tickers)
    sharing.settle(due, [t for t in tickers if t not in tick.missed], tick.missed, elapsed())
    note("quotes.collected", extra=tick.got + Counter(miss.reason for miss in tick.missed.values()))


@dataclass
class _Tick:
    at: datetime
    panel: Panel
    quotes: Quotes
    bar_of: Callable[[str, date], DailyBarClosedV1 | None]
    publish: Publish
    note: Note
    got: Counter[str] = field(default_factory=Counter)
    missed: dict[str, Unavailable] = field(default_factory=dict)

    def take(self, tickers: Sequence[str]) -> None:
        """Announces the tickers' quotes, and corrections of those before that they lead to."""
        recent = {ticker: self.quotes.recent(ticker, self.at + LATENESS) for ticker in tickers}
        # Those that the first try kept, before it may have died announcing them.
        kept = {t: one for t, few in recent.items() for one in few if one.due_at == self.at}
        asked = self.panel.quotes([ticker for ticker in tickers if ticker not in kept], self.at)
        for ticker in tickers:
            found = kept.get(ticker) or self._kept(asked[ticker], recent[ticker])
            self._tell(ticker, found)
            tell_corrections(self._refuted(found, recent[ticker]), recent[ticker], self.quotes, self.publish)

    def _tell(self, ticker: str, found: KeptQuote | Quote | Unavailable) -> None:
        if isinstance(found, Unavailable):
            extra = {"ticker": ticker, "reason": found.reason, "detail": found.detail}
            self.note("quote.missed", extra=extra)
            self.missed[ticker] = found
        elif isinstance(found, KeptQuote):
            self.publish(found.told)
            self.got["announced"] += 1
        else:
            self.got["unchanged"] += 1

    def _kept(
        self, answer: Quote | Unavailable, recent: Sequence[KeptQuote]
    ) -> KeptQuote | Quote | Unavailable:
        """The quote as it is kept and to be told; as it was answered where it is known already."""
        if isinstance(answer, Unavailable):
            return answer
        taken = KeptQuote(_told(answer, self._doubt(answer, _before(answer.as_of, recent))), self.at)
        return taken if self.quotes.keep(taken) else answer

    def _doubt(self, quote: Quote, earlier: PriceUpdatedV1 | None) -> str | None:
        return doubt_about(
            quote, earlier, lambda: self.panel.second_quote(quote.ticker, quote.as_of, besides=quote.provider)
        )

    def _refuted(
        self, found: KeptQuote | Quote | Unavailable, recent: Sequence[KeptQuote]
    ) -> Iterator[QuoteCorrectedV1]:
        if isinstance(found, Quote):
            said = next((kept.told for kept in recent if kept.told.as_of == found.as_of), None)
            if said and (wrong := by_its_provider(said, found, self.at)):
                yield wrong
        elif isinstance(found, KeptQuote):
            before = _before(found.told.as_of, recent)
            if before and (wrong := by_the_next_look(before, found.told)):
                yield wrong
            bar = self.bar_of(found.told.ticker, new_york_day(found.told.as_of))
            if bar and (wrong := by_the_bar(found.told, bar, self.at)):
                yield wrong


def _no_bar(ticker: str, day: date) -> None:
    """There is none yet: the session is on."""


def _before(moment: datetime, recent: Sequence[KeptQuote]) -> PriceUpdatedV1 | None:
    return next((kept.told for kept in recent if kept.told.as_of < moment), None)


def _told(quote: Quote, doubt: str | None) -> PriceUpdatedV1:
    return PriceUpdatedV1(
        ticker=quote.ticker,
        as_of=quote.as_of,
        price=quote.price,
        previous_close=quote.previous_close,
        change_pct=change_pct(quote.price, quote.previous_close),
        session=state_at(quote.as_of),
        provider=quote.provider,
        feed=quote.feed,
        confirmed=doubt is None,
        doubt=doubt,
    )
