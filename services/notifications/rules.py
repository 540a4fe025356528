"""Whether an event passes a follower's line, and by how much it does or does not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any

from contracts.events.app import AlertRule
from contracts.events.market_data import PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.notifications.figures import count, line, money, share, signed

Day = date


@dataclass(frozen=True)
class Fallen:
    """How far a ticker has fallen from its peak, as of a day's close. *drawdown_pct* is 0 or below."""

    ticker: str
    date: Day
    close: Decimal
    peak: Decimal
    peak_date: Day
    drawdown_pct: Decimal
    sessions: int
    peak_of: str


Trigger = PriceUpdatedV1 | TickerSentimentShiftedV1 | DirectionPredictedV1 | Fallen
"""What tells of one ticker."""


@dataclass(frozen=True)
class Verdict:
    """What came of holding a rule against an event.

    *short_by* is what was missing, in the rule's own unit; none where it fired or no amount would have done.
    *direction* parts alerts of one rule and day from each other (`up`, `down`); empty where it does not.
    """

    fires: bool
    reason: str
    figures: Mapping[str, str]
    short_by: Decimal | None = None
    direction: str = ""


@dataclass(frozen=True)
class _Measure:
    """A size held against a threshold."""

    size: Decimal
    threshold: Decimal
    fired: str
    missed: str
    figures: Mapping[str, str]
    direction: str = field(default="")

    def verdict(self) -> Verdict:
        if self.size >= self.threshold:
            return Verdict(True, self.fired, self.figures, direction=self.direction)
        short_by = (self.threshold - self.size).quantize(Decimal("0.001"), ROUND_UP)
        return Verdict(False, self.missed, self.figures, short_by.normalize(), self.direction)


def judge(rule: AlertRule, event: Trigger) -> Verdict | None:
    """None where a rule of this kind has nothing to say about such an event."""
    found = _JUDGES.get((type(event), rule.kind))
    if found is None:
        return None
    if rule.threshold is None and rule.kind != "direction":
        return Verdict(False, "the rule names no threshold", {})
    return found(event, rule.threshold)


def price_move(quote: PriceUpdatedV1, threshold: Decimal) -> Verdict:
    """|change %| ≥ threshold, in per cent of the previous close."""
    needed = f"the line was ±{line(threshold)} %"
    return _Measure(
        size=abs(quote.change_pct),
        threshold=threshold,
        fired=f"moved {signed(quote.change_pct, 2)} %, {needed}{_unconfirmed(quote)}",
        missed=f"moved {signed(quote.change_pct, 2)} %, {needed}",
        figures={"change_pct": str(quote.change_pct), **_look(quote)},
        direction="down" if quote.change_pct < 0 else "up",
    ).verdict()


def price_level(quote: PriceUpdatedV1, threshold: Decimal) -> Verdict:
    """Threshold, in dollars, lies between the previous close and the price; reaching it counts."""
    before, now = quote.previous_close, quote.price
    rose, fell = before < threshold <= now, before > threshold >= now
    level, went = money(threshold), f"went from {money(before)} to {money(now)}"
    figures = {"previous_close": str(before), **_look(quote)}
    if rose or fell:
        reason = f"{went}, across {level}{_unconfirmed(quote)}"
        return Verdict(True, reason, figures, direction="up" if rose else "down")
    return Verdict(False, f"{went}, not across {level}", figures, abs(threshold - now).normalize())


def sentiment_shift(shift: TickerSentimentShiftedV1, threshold: Decimal) -> Verdict:
    """|mean − previous| ≥ threshold, of mean polarities, where the sentiment service saw a shift of mood."""
    figures = {"mean": str(shift.mean), "previous": str(shift.previous), **_crowd(shift)}
    if "sentiment" not in shift.because:
        return Verdict(False, "only the talk changed, not its mood", figures)
    if shift.previous is None:
        return Verdict(False, "nobody spoke before, so there is no change of mood", figures)
    change = shift.mean - shift.previous
    stated = f"mean polarity changed by {signed(change, 2)}, the line was ±{line(threshold)}"
    return _Measure(abs(change), threshold, stated, stated, figures).verdict()


def mention_surge(shift: TickerSentimentShiftedV1, threshold: Decimal) -> Verdict:
    """mentions ÷ max(usual, 1) ≥ threshold, where the sentiment service saw a surge of talk."""
    figures = {"usual_mentions": str(shift.usual_mentions), **_crowd(shift)}
    if "mentions" not in shift.because:
        return Verdict(False, "only the mood of the talk changed, not its amount", figures)
    times = surge(shift)
    # Cut, not rounded: 2.999 must not read as having reached a line of 3.
    stated = (
        f"{times.quantize(Decimal('0.01'), ROUND_DOWN)} × the usual talk, the line was {line(threshold)} ×"
    )
    return _Measure(times, threshold, stated, stated, figures).verdict()


def drawdown(fallen: Fallen, threshold: Decimal) -> Verdict:
    """−drawdown % ≥ threshold, in per cent of the peak of the last sessions."""
    stated = (
        f"{signed(fallen.drawdown_pct, 2)} % from its peak of {count(fallen.sessions, 'session')}, "
        f"the line was −{line(threshold)} %"
    )
    figures = {
        "close": str(fallen.close),
        "peak": str(fallen.peak),
        "peak_date": fallen.peak_date.isoformat(),
        "drawdown_pct": str(fallen.drawdown_pct),
    }
    return _Measure(-fallen.drawdown_pct, threshold, stated, stated, figures).verdict()


def beyond(rule: AlertRule, event: Trigger, direction: str) -> Decimal | None:
    """How far *event* is beyond the line, in the rule's unit and in that direction; below zero it is not.

    None where the rule has no line, or the event no figure to hold against it.
    """
    if rule.threshold is None:
        return None
    up = direction != "down"
    match rule.kind, event:
        case "price_move", PriceUpdatedV1():
            return (event.change_pct if up else -event.change_pct) - rule.threshold
        case "price_level", PriceUpdatedV1():
            return event.price - rule.threshold if up else rule.threshold - event.price
        case "sentiment_shift", TickerSentimentShiftedV1() if event.previous is not None:
            return abs(event.mean - event.previous) - rule.threshold
        case "mention_surge", TickerSentimentShiftedV1():
            return surge(event) - rule.threshold
        case "drawdown", Fallen():
            return -event.drawdown_pct - rule.threshold
    return None


def surge(shift: TickerSentimentShiftedV1) -> Decimal:
    """How many times the usual talk there is; a usual below one post counts as one."""
    return shift.mentions / max(shift.usual_mentions, Decimal(1))


def direction(forecast: DirectionPredictedV1, _: Decimal | None) -> Verdict:
    """Only a forecast that has an edge over its baseline is worth a message."""
    figures = {
        "direction": forecast.direction,
        "probability_up": str(forecast.probability_up),
        "horizon": str(forecast.horizon),
        "accuracy_low": str(forecast.accuracy_low),
        "baseline": str(forecast.baseline),
    }
    if not forecast.edge or forecast.direction not in ("up", "down"):
        return Verdict(False, "the model has no edge over its baseline", figures)
    chance = f"{share(forecast.probability_up, 1)} for up"
    stated = f"{forecast.direction}, {chance}, {count(forecast.horizon, 'session')} ahead"
    return Verdict(True, stated, figures)


def _look(quote: PriceUpdatedV1) -> dict[str, str]:
    return {"price": str(quote.price), "confirmed": "yes" if quote.confirmed else "no"}


def _unconfirmed(quote: PriceUpdatedV1) -> str:
    return "" if quote.confirmed else " (unconfirmed)"


def _crowd(shift: TickerSentimentShiftedV1) -> dict[str, str]:
    return {
        "mentions": str(shift.mentions),
        "unique_authors": str(shift.unique_authors),
        "near_duplicate_share": str(shift.near_duplicate_share),
    }


_JUDGES: Mapping[tuple[type, str], Callable[[Any, Any], Verdict]] = {
    (PriceUpdatedV1, "price_move"): price_move,
    (PriceUpdatedV1, "price_level"): price_level,
    (TickerSentimentShiftedV1, "sentiment_shift"): sentiment_shift,
    (TickerSentimentShiftedV1, "mention_surge"): mention_surge,
    (DirectionPredictedV1, "direction"): direction,
    (Fallen, "drawdown"): drawdown,
}
