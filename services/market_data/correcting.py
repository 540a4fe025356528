"""Which quotes told before were wrong, and what they should have said."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from contracts.events.envelope import Publish
from contracts.events.market_data import DailyBarClosedV1, PriceUpdatedV1, QuoteCorrectedV1
from services.market_data.asking import Quote
from services.market_data.doubting import AGREEMENT, agree, change_pct, looks_split
from services.market_data.hours import new_york_day, trading_day
from services.market_data.keeping import KeptCorrection, KeptQuote, Quotes

NEXT_LOOK = timedelta(minutes=45)
"""A look that comes later than this says nothing about the one before: prices do fall back in hours."""


def tell_corrections(
    found: Iterable[QuoteCorrectedV1], kept: Sequence[KeptQuote], quotes: Quotes, publish: Publish
) -> None:
    """Keeps what was *found* wrong with the *kept* quotes, and announces it.

    A quote is corrected once: the first correction stands. Safe to repeat: what the same cause corrected
    before is announced again.
    """
    cause = publish.cause.id
    standing = [one.correction for one in kept if one.correction]
    known = {correction.told.as_of for correction in standing}
    standing += [quotes.correct(KeptCorrection(new, cause)) for new in found if new.as_of not in known]
    for correction in standing:
        if correction.cause == cause:
            publish(correction.told)


def correct_sessions(
    bars: Sequence[DailyBarClosedV1], at: datetime, quotes: Quotes, publish: Publish
) -> None:
    """Corrects what was told of one ticker in the sessions of its final *bars*, oldest first."""
    if not bars:
        return
    of = {bar.date: bar for bar in bars}
    (begin, _), (_, end) = trading_day(bars[0].date), trading_day(bars[-1].date)
    kept = quotes.between(bars[0].ticker, begin, end)
    pairs = ((one.told, of.get(new_york_day(one.told.as_of))) for one in kept)
    found = (by_the_bar(told, bar, at) for told, bar in pairs if bar)
    tell_corrections([wrong for wrong in found if wrong], kept, quotes, publish)


def by_the_bar(quote: PriceUpdatedV1, bar: DailyBarClosedV1, at: datetime) -> QuoteCorrectedV1 | None:
    """What the final *bar* of its session disproves about a quote, none when the two go together.

    A price of the regular session more than 1 % outside low … high was never traded. What was traded at that
    moment no bar knows; the nearer of the two bounds stands in its place, which takes back no more of the
    move than the bar disproves. A previous close more than 1 % off the bar's is replaced by the bar's,
    unless the bar itself steps from it by about a split: then the bar's is the one in doubt. Where price and
    previous close are off by the same factor, a split has changed the basis since and the quote still holds.
    """
    price, previous = _nearest(quote, bar), _previous(quote, bar)
    if (price, previous) == (quote.price, quote.previous_close) or _on_another_basis(quote, bar):
        return None
    faults = []
    if price != quote.price:
        faults.append(
            f"traded from {bar.low} to {bar.high}, never at {quote.price}; the nearer bound is told"
        )
    if previous != quote.previous_close:
        faults.append(f"the close before was {previous}, not {quote.previous_close}")
    return _corrected(quote, price, previous, "; ".join(faults), bar.provider, at)


def by_the_next_look(before: PriceUpdatedV1, now: PriceUpdatedV1) -> QuoteCorrectedV1 | None:
    """An unconfirmed quote is refuted when a confirmed one soon after lies nearer to where both came from."""
    if before.confirmed or not now.confirmed or before.previous_close != now.previous_close:
        return None
    if not before.as_of < now.as_of <= before.as_of + NEXT_LOOK:
        return None
    if abs(now.price - before.price) <= abs(before.price - before.previous_close) / 2:
        return None
    why = f"it was not confirmed, and the next look found {now.price}"
    return _corrected(before, now.price, now.previous_close, why, now.provider, now.as_of)


def by_its_provider(told: PriceUpdatedV1, now: Quote, at: datetime) -> QuoteCorrectedV1 | None:
    """A provider that now says more than 1 % else of the same moment has corrected itself."""
    same = (told.provider, told.feed, told.as_of) == (now.provider, now.feed, now.as_of)
    if not same or agree(now.price, told.price):
        return None
    why = f"{now.provider} now says {now.price} of the same moment"
    return _corrected(told, now.price, now.previous_close, why, now.provider, at)


def _nearest(quote: PriceUpdatedV1, bar: DailyBarClosedV1) -> Decimal:
    if quote.session != "regular":
        return quote.price  # bars tell of the regular session alone
    if quote.price > bar.high and not agree(quote.price, bar.high):
        return bar.high
    return bar.low if quote.price < bar.low and not agree(quote.price, bar.low) else quote.price


def _previous(quote: PriceUpdatedV1, bar: DailyBarClosedV1) -> Decimal:
    said = bar.previous_close
    if said is None or agree(quote.previous_close, said) or looks_split(said, bar.close):
        return quote.previous_close
    return said


def _on_another_basis(quote: PriceUpdatedV1, bar: DailyBarClosedV1) -> bool:
    if bar.previous_close is None or agree(quote.previous_close, bar.previous_close):
        return False
    price = quote.price * bar.previous_close / quote.previous_close
    return bar.low * (1 - AGREEMENT) <= price <= bar.high * (1 + AGREEMENT)


def _corrected(
    quote: PriceUpdatedV1, price: Decimal, previous_close: Decimal, why: str, provider: str, at: datetime
) -> QuoteCorrectedV1:
    return QuoteCorrectedV1(
        ticker=quote.ticker,
        as_of=quote.as_of,
        was=quote.price,
        corrected=price,
        previous_close=previous_close,
        was_change_pct=quote.change_pct,
        change_pct=change_pct(price, previous_close),
        why=why,
        provider=provider,
        corrected_at=at,
    )
