"""The words of a message: the one number, why it came, how sure it is; never what a stranger wrote."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.events.app import AlertRule
from contracts.events.market_data import PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from contracts.events.summaries import DailySummaryPublishedV1, TickerDay
from services.notifications.alerts import Held
from services.notifications.figures import (
    clock,
    count,
    day,
    line,
    money,
    number,
    percent,
    share,
    signed,
    span,
)
from services.notifications.rules import Fallen, Trigger, surge

MAX_LISTED = 20
"""Tickers or alerts listed in one message; of the rest it says how many they are."""

_SESSIONS = {
    "pre": "before the open",
    "regular": "in the regular session",
    "post": "after the close",
    "closed": "while the market was closed",
}
_MOODS = ("moon", "bullish", "neutral", "bearish", "doom")


@dataclass(frozen=True)
class Message:
    title: str
    paragraphs: tuple[str, ...]

    def body(self, notification_id: str) -> str:
        """Plain text, paragraphs parted by blank lines; the last one is the receipt."""
        return "\n\n".join((*self.paragraphs, f"Why: tape why {notification_id}"))


def write(rule: AlertRule, event: Trigger) -> Message:
    """The message that *event* passed *rule*."""
    return _WRITERS[rule.kind](event, rule.threshold)


def price_move(quote: PriceUpdatedV1, threshold: Decimal) -> Message:
    moved = f"{quote.ticker} {percent(quote.change_pct)}{_mark(quote)}"
    return Message(f"{moved} — your line was ±{line(threshold)} %", (_stands(quote), _trust(quote)))


def price_level(quote: PriceUpdatedV1, threshold: Decimal) -> Message:
    side = "at" if quote.price == threshold else "above" if quote.price > threshold else "below"
    stands = f"{quote.ticker} {money(quote.price)}{_mark(quote)}"
    return Message(f"{stands} — {side} your {money(threshold)}", (_stands(quote), _trust(quote)))


def sentiment_shift(shift: TickerSentimentShiftedV1, threshold: Decimal) -> Message:
    """Takes a shift that has a *previous* mean; without one there is nothing to tell."""
    assert shift.previous is not None
    before, now = signed(shift.previous, 2), signed(shift.mean, 2)
    scale = "on a scale from −1 to +1"
    return Message(
        f"{shift.ticker} mood {signed(shift.mean - shift.previous, 2)} — your line was ±{line(threshold)}",
        (f"Posts about {shift.ticker} went from {before} to {now} {scale}, {_when(shift)}.", _crowd(shift)),
    )


def mention_surge(shift: TickerSentimentShiftedV1, threshold: Decimal) -> Message:
    usual = "fewer than 1" if shift.usual_mentions < 1 else number(shift.usual_mentions, 1)
    posts = f"{count(shift.mentions, 'post')} about {shift.ticker}, usually {usual}"
    return Message(
        f"{shift.ticker} talk {number(surge(shift), 1)} × the usual — your line was {line(threshold)} ×",
        (f"{posts}, {_when(shift)}.", _crowd(shift)),
    )


def direction(forecast: DirectionPredictedV1, _: Decimal | None) -> Message:
    up, ahead = forecast.direction == "up", count(forecast.horizon, "session")
    chance = share(forecast.probability_up if up else 1 - forecast.probability_up, 1)
    close = f"{'above' if up else 'below'} {money(forecast.reference_close)}"
    return Message(
        f"{forecast.ticker} forecast {forecast.direction}, {chance} — {ahead} ahead",
        (
            f"The model gives {forecast.ticker} a chance of {chance} to close {close}, "
            f"{ahead} after {day(forecast.date)}.",
            f"How sure: {_track_record(forecast)}; a forecast is no advice.",
        ),
    )


def drawdown(fallen: Fallen, threshold: Decimal) -> Message:
    fell = percent(fallen.drawdown_pct)
    peak = "close" if fallen.peak_of == "close" else "price"
    return Message(
        f"{fallen.ticker} {fell} from its peak — your line was −{line(threshold)} %",
        (
            f"{fallen.ticker} closed at {money(fallen.close)} on {day(fallen.date)}, {fell} from "
            f"{money(fallen.peak)} on {day(fallen.peak_date)}, its highest {peak} of the last "
            f"{count(fallen.sessions, 'session')}.",
            "How sure: from daily bars, in today's dollars where a share was split.",
        ),
    )


def daily_summary(summary: DailySummaryPublishedV1, followed: Sequence[TickerDay]) -> Message:
    """The day of the tickers a user follows, in the summary's order; at least one."""
    more = f" and {len(followed) - 1} more" if len(followed) > 1 else ""
    return Message(
        f"{day(summary.date)}: {followed[0].ticker}{more}",
        (
            _listed([_ticker_day(one) for one in followed], "more of your tickers"),
            f"How sure: counted from {count(summary.posts, 'post')}; what nobody said or quoted is left out.",
        ),
    )


def digest(held: Sequence[Held]) -> Message:
    """What waited for its channels; one alert alone keeps its own words."""
    if len(held) == 1:
        alert = held[0].alert
        return Message(alert.title, tuple(alert.body.split("\n\n")[:-1]))
    lines = [f"{one.alert.title} (tape why {one.alert.notification_id})" for one in held]
    return Message(f"{len(held)} alerts that waited for you", (_listed(lines, "more in your inbox"),))


def _mark(quote: PriceUpdatedV1) -> str:
    return "" if quote.confirmed else ", unconfirmed"


def _stands(quote: PriceUpdatedV1) -> str:
    return (
        f"{quote.ticker} stood at {money(quote.price)}, {percent(quote.change_pct)} from its last close of "
        f"{money(quote.previous_close)}, on {clock(quote.as_of)}."
    )


def _trust(quote: PriceUpdatedV1) -> str:
    doubt = f" ({' '.join(quote.doubt.split())})" if quote.doubt else ""
    sure = "confirmed by a second look" if quote.confirmed else f"unconfirmed, one look only{doubt}"
    seen = _SESSIONS.get(quote.session, "")
    return f"How sure: {sure}; quoted by {quote.provider}{f' {seen}' if seen else ''}."


def _when(shift: TickerSentimentShiftedV1) -> str:
    return f"within {span(shift.window)} up to {clock(shift.window_end)}"


def _crowd(shift: TickerSentimentShiftedV1) -> str:
    told = f"{count(shift.mentions, 'post')} by {count(shift.unique_authors, 'author')}"
    fallback = f", {share(shift.fallback_share)} scored without the model" if shift.fallback_share else ""
    return f"How sure: {told}, {share(shift.near_duplicate_share)} near-duplicates{fallback}."


def _track_record(forecast: DirectionPredictedV1) -> str:
    if forecast.accuracy is None:
        return "nothing is known yet of how often it is right"
    low, high = forecast.accuracy_low, forecast.accuracy_high
    interval = "" if low is None or high is None else f" (95 % interval {share(low, 1)} to {share(high, 1)})"
    return (
        f"right in {share(forecast.accuracy, 1)} of {count(forecast.samples, 'forecast')}{interval}, "
        f"its baseline in {share(forecast.baseline, 1)}"
    )


def _ticker_day(one: TickerDay) -> str:
    told = f"{one.ticker}: {count(one.mentions, 'post')} by {count(one.unique_authors, 'author')}"
    mood = f", {one.mood}" if one.mood in _MOODS else ""
    moved = f", {percent(one.change_pct)}" if one.change_pct is not None else ""
    close = f", closed at {money(one.close)}" if one.close is not None else ""
    return f"{told}{mood}{moved}{close}"


def _listed(lines: Sequence[str], rest: str) -> str:
    shown, hidden = list(lines[:MAX_LISTED]), len(lines) - MAX_LISTED
    return "\n".join([*shown, f"… and {hidden} {rest}"] if hidden > 0 else shown)


_WRITERS: Mapping[str, Callable[[Any, Any], Message]] = {
    "price_move": price_move,
    "price_level": price_level,
    "sentiment_shift": sentiment_shift,
    "mention_surge": mention_surge,
    "direction": direction,
    "drawdown": drawdown,
}
