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
from services.notifications.localised import HOUSE_FIGURES, Figures
from services.notifications.rules import Fallen, Trigger, surge

MAX_LISTED = 20
"""Tickers or alerts listed in one message; of the rest it says how many they are."""

_SESSIONS = {
    "pre": "before the open",
    "regular": "in the regular session",
    "post": "after the close",
    "closed": "while the market was closed",
}
_SURE = Decimal("0.95")
"""Of the interval around an accuracy."""
_MOODS = ("moon", "bullish", "neutral", "bearish", "doom")


@dataclass(frozen=True)
class Message:
    title: str
    paragraphs: tuple[str, ...]

    def body(self, notification_id: str) -> str:
        """Plain text, paragraphs parted by blank lines; the last one is the receipt."""
        return "\n\n".join((*self.paragraphs, f"Why: tape why {notification_id}"))


def write(rule: AlertRule, event: Trigger, say: Figures = HOUSE_FIGURES) -> Message:
    """The message that *event* passed *rule*, its figures written as *say* does."""
    return _WRITERS[rule.kind](event, rule.threshold, say)


def price_move(quote: PriceUpdatedV1, threshold: Decimal, say: Figures) -> Message:
    moved = f"{quote.ticker} {say.percent(quote.change_pct)}{_mark(quote)}"
    return Message(f"{moved} — your line was ±{say.limit(threshold)}", (_stands(quote, say), _trust(quote)))


def price_level(quote: PriceUpdatedV1, threshold: Decimal, say: Figures) -> Message:
    side = "at" if quote.price == threshold else "above" if quote.price > threshold else "below"
    stands = f"{quote.ticker} {say.money(quote.price)}{_mark(quote)}"
    return Message(f"{stands} — {side} your {say.money(threshold)}", (_stands(quote, say), _trust(quote)))


def sentiment_shift(shift: TickerSentimentShiftedV1, threshold: Decimal, say: Figures) -> Message:
    """Takes a shift that has a *previous* mean; without one there is nothing to tell."""
    assert shift.previous is not None
    before, now = say.signed(shift.previous, 2), say.signed(shift.mean, 2)
    change = say.signed(shift.mean - shift.previous, 2)
    scale = "on a scale from −1 to +1"
    return Message(
        f"{shift.ticker} mood {change} — your line was ±{say.line(threshold)}",
        (
            f"Posts about {shift.ticker} went from {before} to {now} {scale}, {_when(shift, say)}.",
            _crowd(shift, say),
        ),
    )


def mention_surge(shift: TickerSentimentShiftedV1, threshold: Decimal, say: Figures) -> Message:
    usual = "fewer than 1" if shift.usual_mentions < 1 else say.number(shift.usual_mentions, 1)
    times = say.number(surge(shift), 1)
    posts = f"{say.count(shift.mentions, 'post')} about {shift.ticker}, usually {usual}"
    return Message(
        f"{shift.ticker} talk {times} × the usual — your line was {say.line(threshold)} ×",
        (f"{posts}, {_when(shift, say)}.", _crowd(shift, say)),
    )


def direction(forecast: DirectionPredictedV1, _: Decimal | None, say: Figures) -> Message:
    up, ahead = forecast.direction == "up", say.count(forecast.horizon, "session")
    chance = say.share(forecast.probability_up if up else 1 - forecast.probability_up, 1)
    close = f"{'above' if up else 'below'} {say.money(forecast.reference_close)}"
    return Message(
        f"{forecast.ticker} forecast {forecast.direction}, {chance} — {ahead} ahead",
        (
            f"The model gives {forecast.ticker} a chance of {chance} to close {close}, "
            f"{ahead} after {say.day(forecast.date)}.",
            f"How sure: {_track_record(forecast, say)}; a forecast is no advice.",
        ),
    )


def drawdown(fallen: Fallen, threshold: Decimal, say: Figures) -> Message:
    fell = say.percent(fallen.drawdown_pct)
    peak = "close" if fallen.peak_of == "close" else "price"
    return Message(
        f"{fallen.ticker} {fell} from its peak — your line was −{say.limit(threshold)}",
        (
            f"{fallen.ticker} closed at {say.money(fallen.close)} on {say.day(fallen.date)}, {fell} from "
            f"{say.money(fallen.peak)} on {say.day(fallen.peak_date)}, its highest {peak} of the last "
            f"{say.count(fallen.sessions, 'session')}.",
            "How sure: from daily bars, in today's dollars where a share was split.",
        ),
    )


def daily_summary(
    summary: DailySummaryPublishedV1, followed: Sequence[TickerDay], say: Figures = HOUSE_FIGURES
) -> Message:
    """The day of the tickers a user follows, in the summary's order; at least one."""
    posts = say.count(summary.posts, "post")
    more = f" and {len(followed) - 1} more" if len(followed) > 1 else ""
    return Message(
        f"{say.day(summary.date)}: {followed[0].ticker}{more}",
        (
            _listed([_ticker_day(one, say) for one in followed], "more of your tickers"),
            f"How sure: counted from {posts}; what nobody said or quoted is left out.",
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


def _stands(quote: PriceUpdatedV1, say: Figures) -> str:
    return (
        f"{quote.ticker} stood at {say.money(quote.price)}, {say.percent(quote.change_pct)} from its last "
        f"close of {say.money(quote.previous_close)}, on {say.clock(quote.as_of)}."
    )


def _trust(quote: PriceUpdatedV1) -> str:
    doubt = f" ({' '.join(quote.doubt.split())})" if quote.doubt else ""
    sure = "confirmed by a second look" if quote.confirmed else f"unconfirmed, one look only{doubt}"
    seen = _SESSIONS.get(quote.session, "")
    return f"How sure: {sure}; quoted by {quote.provider}{f' {seen}' if seen else ''}."


def _when(shift: TickerSentimentShiftedV1, say: Figures) -> str:
    return f"within {say.span(shift.window)} up to {say.clock(shift.window_end)}"


def _crowd(shift: TickerSentimentShiftedV1, say: Figures) -> str:
    told = f"{say.count(shift.mentions, 'post')} by {say.count(shift.unique_authors, 'author')}"
    fallback = f", {say.share(shift.fallback_share)} scored without the model" if shift.fallback_share else ""
    return f"How sure: {told}, {say.share(shift.near_duplicate_share)} near-duplicates{fallback}."


def _track_record(forecast: DirectionPredictedV1, say: Figures) -> str:
    if forecast.accuracy is None:
        return "nothing is known yet of how often it is right"
    low, high = forecast.accuracy_low, forecast.accuracy_high
    interval = (
        ""
        if low is None or high is None
        else f" ({say.share(_SURE)} interval {say.share(low, 1)} to {say.share(high, 1)})"
    )
    return (
        f"right in {say.share(forecast.accuracy, 1)} of {say.count(forecast.samples, 'forecast')}{interval}, "
        f"its baseline in {say.share(forecast.baseline, 1)}"
    )


def _ticker_day(one: TickerDay, say: Figures) -> str:
    told = f"{one.ticker}: {say.count(one.mentions, 'post')} by {say.count(one.unique_authors, 'author')}"
    mood = f", {one.mood}" if one.mood in _MOODS else ""
    moved = f", {say.percent(one.change_pct)}" if one.change_pct is not None else ""
    close = f", closed at {say.money(one.close)}" if one.close is not None else ""
    return f"{told}{mood}{moved}{close}"


def _listed(lines: Sequence[str], rest: str) -> str:
    shown, hidden = list(lines[:MAX_LISTED]), len(lines) - MAX_LISTED
    return "\n".join([*shown, f"… and {hidden} {rest}"] if hidden > 0 else shown)


_WRITERS: Mapping[str, Callable[[Any, Any, Figures], Message]] = {
    "price_move": price_move,
    "price_level": price_level,
    "sentiment_shift": sentiment_shift,
    "mention_surge": mention_surge,
    "direction": direction,
    "drawdown": drawdown,
}
