"""Finds, without a language model, what a question is about and where its answer lies."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.summaries.finding import Found, Shelf, drawdowns, forecasts, posts, prices, stats
from services.summaries.openers import OPENERS

Outcome = Literal["ANSWER", "ASK_CLARIFICATION", "DECLINE"]

NO_ADVICE = (
    "Tickertape tells what people post, what prices did and what forecasts were worth; whether to buy or "
    "sell is for you to decide."
)
WHICH = "Which ticker do you mean? Write it as a symbol, such as GME or $GME."
BEYOND = (
    "This answers questions about a ticker's talk, mood, prices, forecasts and falls from its peak, such as "
    "“How was the mood about GME?”."
)

_ADVICE = re.compile(
    r"\bshould (?:i|we|one)\b|\b(?:buy|sell|hold) or (?:buy|sell|hold)\b|\brecommend|\bgood (?:buy|time to)\b"
    r"|\binvest (?:in|my)\b|\bis it (?:too late|worth) ",
    re.IGNORECASE,
)
_INTENTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for name, words in (
        ("drawdowns", r"drawdown|fallen|fell (?:furthest|most)|peak|below its high"),
        ("forecasts", r"forecast|predict|tomorrow|outlook|probabilit|odds|next week|will\b"),
        ("posts", r"posts?\b|saying|says?\b|comments?\b|search|why\b|reasons?\b"),
        ("stats", r"mood|sentiment|mention|how many|bullish|bearish|popular|talk|feel|crowd"),
        ("prices", r"pric|clos|trad|cost|worth|quote|stand|move|rise|rose|gain|doing|dollars?"),
    )
)
_SYMBOL = re.compile(r"\$([A-Za-z]{1,5}(?:\.[A-Za-z])?)\b|\b([A-Z]{2,5}(?:\.[A-Z])?)\b")
_PLAIN = re.compile(r"\b([a-z]{2,5})\b")


@dataclass(frozen=True)
class Route:
    """What a question asks of which ticker; or why it is not answered, in *said*."""

    outcome: Outcome
    ticker: str | None = None
    intents: tuple[str, ...] = ()
    said: str = ""


def route(prompt: str, before: str | None, knows: Callable[[str], bool]) -> Route:
    """*before* is the ticker the conversation was about, for questions that name none."""
    if _ADVICE.search(prompt):
        return Route("DECLINE", said=NO_ADVICE)
    intents = tuple(name for name, pattern in _INTENTS if pattern.search(prompt))
    ticker = named(prompt, knows) or before
    if ticker:
        return Route("ANSWER", ticker, intents or ("stats", "prices"))
    if intents == ("drawdowns",):
        return Route("ANSWER", None, intents)
    return Route("ASK_CLARIFICATION", said=WHICH) if intents else Route("DECLINE", said=BEYOND)


def named(prompt: str, knows: Callable[[str], bool]) -> str | None:
    """The ticker a prompt names: with a dollar sign, in capitals, or in lower case where it is known."""
    for match in _SYMBOL.finditer(prompt):
        if match[1] or knows(match[2]):
            return (match[1] or match[2]).upper()
    for match in _PLAIN.finditer(prompt):
        if match[1] not in OPENERS and knows(match[1].upper()):
            return match[1].upper()
    return None


def looked_up(shelf: Shelf, intent: str, ticker: str | None, words: str, day: date | None = None) -> Found:
    """What an intent finds; *words* matter to a search alone."""
    if intent == "drawdowns":
        return drawdowns(shelf, ticker)
    assert ticker is not None
    if intent == "posts":
        return posts(shelf, ticker, words, day)
    if intent == "stats":
        return stats(shelf, ticker, day)
    return prices(shelf, ticker) if intent == "prices" else forecasts(shelf, ticker)
