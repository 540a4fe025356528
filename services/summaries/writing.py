"""Writes the day in words, from its figures and nothing else: no reasons, no advice, no outlook."""

from datetime import date
from decimal import Decimal

from services.summaries.days import ENDS, OPENS
from services.summaries.grounding import Facts
from services.summaries.tallying import MOON, Close, Figures, Mood

HOURS = f"between {OPENS:%H:%M} and {ENDS:%H:%M} in New York"
_OPENINGS: dict[Mood, str] = {
    "moon": "On {day} the talk about {ticker} was euphoric.",
    "bullish": "The talk about {ticker} leaned bullish on {day}.",
    "neutral": "Neither hope nor worry carried the talk about {ticker} on {day}.",
    "bearish": "The talk about {ticker} leaned bearish on {day}.",
    "doom": "On {day} gloom ran through the talk about {ticker}.",
    "unknown": "How people felt about {ticker} on {day} is not known.",
}
_RISING, _FALLING = ("moon", "bullish"), ("bearish", "doom")
_DIVIDED, _NEARLY_ALL = 55, 90
"""Per cent of the scored posts on one side, below and from which the text says so."""
_CLOSE_TOGETHER = Decimal("0.5")
_QUIET, _LARGE = 1, 10
"""Per cent of change below which a price is little changed, and from which its move is large."""


def write(figures: Figures, day: date) -> str:
    """Two paragraphs: the crowd and its mood, then the price and what is not known."""
    opening = _OPENINGS[figures.mood].format(day=day_text(day), ticker=figures.ticker)
    crowd = (opening, _voices(figures), _polarity(figures), _range(figures))
    market = (_price(figures, day), _side_by_side(figures), _unknown(figures))
    return "\n\n".join(" ".join(filter(None, sentences)) for sentences in (crowd, market))


def facts(figures: Figures, day: date) -> Facts:
    """What a text about these figures may say."""
    f, taken, close = figures, figures.polarities, figures.close
    share = {_share(f)} if f.scored else set()
    change = {close.change_pct} if close and close.change_pct is not None else set()
    return Facts(
        tickers=frozenset({f.ticker}),
        dates=frozenset({day}),
        times=frozenset({OPENS, ENDS}),
        counts=frozenset(
            {f.mentions, f.authors, f.unsigned, f.scored, f.fallback, f.agreeing}
            | {f.scored - f.agreeing, _unread(f)}
        ),
        scores=frozenset(
            {Decimal(-1), Decimal(1)} | ({taken.mean, taken.low, taken.high} if taken else set())
        ),
        prices=frozenset({close.price} if close else ()),
        percents=frozenset(share | change),
    )


def day_text(day: date) -> str:
    """`27 January 2021`."""
    return f"{day.day} {day:%B %Y}"


def posts_text(number: int) -> str:
    return f"{number:,} post{'' if number == 1 else 's'}"


def _voices(f: Figures) -> str:
    if not f.authors:
        return f"We saw {posts_text(f.mentions)} {HOURS}; who wrote them is not known."
    said = f"We saw {posts_text(f.mentions)} from {_accounts(f.authors)} {HOURS}"
    if f.unsigned:
        return f"{said}; the authors of {f.unsigned:,} are not known."
    if f.authors >= Decimal("0.9") * f.mentions:
        return f"{said}, so nearly every post was a new voice."
    if f.authors <= Decimal("0.5") * f.mentions:
        return f"{said}, so many of the posts came from people who had already spoken."
    return f"{said}."


def _polarity(f: Figures) -> str:
    if not f.polarities:
        return "None of the posts has a score from the model."
    mean = signed(f.polarities.mean)
    if f.scored == 1:
        return f"The only scored post stands at {mean} on a scale from −1 to 1."
    subject = "All of them were scored and" if f.scored == f.mentions else f"The {f.scored:,} scored posts"
    return f"{subject} average {mean} on a scale from −1 to 1; {_agreement(f)}."


def _agreement(f: Figures) -> str:
    near = f.mood == "neutral"
    if f.agreeing == f.scored:
        return f"every scored post {'stays near the middle' if near else 'leans that way'}"
    if _share(f) >= _NEARLY_ALL:
        return f"all but {f.scored - f.agreeing:,} {'stay near the middle' if near else 'lean that way'}"
    part = f"{f.agreeing:,} of them ({_share(f):.0f}%)"
    if _share(f) < _DIVIDED:
        return f"only {part} {'stay near the middle' if near else 'lean that way'}, so the crowd was divided"
    return f"{part} {'stay near the middle' if near else 'lean that way'}"


def _range(f: Figures) -> str:
    taken = f.polarities
    if not taken:
        return ""
    ends = f"from {signed(taken.low)} to {signed(taken.high)}"
    if taken.low <= -MOON and taken.high >= MOON:
        return f"Both ends were heard, {ends}."
    if 0 < taken.high - taken.low <= _CLOSE_TOGETHER and _share(f) >= _DIVIDED:
        return f"Views stayed close together, {ends}."
    return ""


def _price(f: Figures, day: date) -> str:
    if not f.close:
        return (
            f"No close of {f.ticker} for {day_text(day)} has reached us, so how it traded is not told here."
        )
    price, change = dollars(f.close.price), f.close.change_pct
    if change is None:
        return f"{f.ticker} closed at {price}; the close before it is not known, and so neither is the move."
    moved = f"{abs(change):,.2f}%"
    if change == 0:
        return f"{f.ticker} closed at {price}, where it had closed the session before."
    if abs(change) < _QUIET:
        return f"{f.ticker} closed at {price}, little changed: {'up' if change > 0 else 'down'} {moved}."
    if abs(change) < _LARGE:
        return f"{f.ticker} {'rose' if change > 0 else 'fell'} {moved} to close at {price}."
    return (
        f"The price made a large move: {f.ticker} {'jumped' if change > 0 else 'plunged'} {moved} to {price}."
    )


def _side_by_side(f: Figures) -> str:
    change = f.close.change_pct if f.close else None
    if change is None or abs(change) < _QUIET:
        return ""
    if f.mood in (_RISING if change > 0 else _FALLING):
        return "Mood and price pointed the same way."
    if f.mood in _RISING + _FALLING:
        return "Mood and price pointed in opposite directions."
    return "The crowd took no side in it." if f.mood == "neutral" else ""


def _unknown(f: Figures) -> str:
    left_out = ""
    if f.fallback:
        left_out = (
            f"A word list alone could read {posts_text(f.fallback)}, which does not count towards the mood. "
        )
    if f.scored and (unread := _unread(f)):
        verb, are = ("has", "is") if unread == 1 else ("have", "are")
        left_out += f"{posts_text(unread)} {verb} no score and {are} not counted as neutral. "
    return f"{left_out}{_why(f.close)}"


def _why(close: Close | None) -> str:
    if close and close.change_pct is not None and abs(close.change_pct) >= _QUIET:
        return "These figures do not say why, and posts we did not see are not in them."
    return "Posts we did not see are not in these figures."


def _unread(f: Figures) -> int:
    return f.mentions - f.scored - f.fallback


def _share(f: Figures) -> Decimal:
    """Per cent of the scored posts on the side of the mean."""
    return Decimal(100 * f.agreeing) / f.scored


def _accounts(number: int) -> str:
    return f"{number:,} account{'' if number == 1 else 's'}"


def signed(score: Decimal) -> str:
    return f"{score:.2f}".replace("-", "−").replace("−0.00", "0.00")


def dollars(price: Decimal) -> str:
    return f"${price:,.2f}" if price >= 1 else f"${price:.4g}"
