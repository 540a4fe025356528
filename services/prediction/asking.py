"""What a caller of POST /predict asks: figures by row, read into one order and one meaning, or a ticker."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

ARRAYS = ("close", "volume", "positive", "negative", "sentiment")
LEAST_ROWS = 29
MOST_ROWS = 5000
_TICKER = re.compile(r"^[A-Z][A-Z0-9]{0,5}(\.[A-Z]{1,2})?$")
_WORDS = {"POS": 1.0, "NEUT": 0.0, "NEG": -1.0}
# The old Android client's column codes; 0 stood for a day without a reading, which is not neutral.
_CODES = {0: None, 1: 1.0, 2: 0.0, 3: -1.0}


class QuestionRefused(Exception):
    """The question cannot be answered: which field, what is wrong with it and what to send instead."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field


@dataclass(frozen=True)
class Figures:
    """A ticker's rows, oldest first. Moods are −1…1; None is a day without one."""

    ticker: str
    close: Sequence[float]
    volume: Sequence[float]
    positive: Sequence[float]
    negative: Sequence[float]
    mood: Sequence[float | None]
    order: str
    """as they were sent: asc or desc"""


def has_figures(body: Mapping[str, Any]) -> bool:
    return any(name in body for name in ARRAYS)


def asked_figures(body: Mapping[str, Any]) -> Figures:
    """Raises QuestionRefused."""
    ticker = _text(body, "ticker")
    arrays = {name: _array(body, name) for name in ARRAYS}
    rows = len(arrays["close"])
    for name, values in arrays.items():
        if len(values) != rows:
            raise QuestionRefused(name, f"has {len(values)} values, close has {rows}; send equally many")
    if not LEAST_ROWS <= rows <= MOST_ROWS:
        raise QuestionRefused("close", f"has {rows} values; send {LEAST_ROWS} to {MOST_ROWS:,} rows")
    order = _order(body, rows)
    way = 1 if order == "asc" else -1
    columns = {name: _numbers(name, arrays[name])[::way] for name in ARRAYS[:-1]}
    _bounded("close", columns["close"], lambda value: value >= 1e-6, "above 0")
    _bounded("volume", columns["volume"], lambda value: value >= 0, "not below 0")
    return Figures(ticker, **columns, mood=_moods(arrays["sentiment"])[::way], order=order)


def asked_ticker(body: Mapping[str, Any]) -> str:
    """The canonical symbol. Raises QuestionRefused."""
    ticker = re.sub(r"[-/]", ".", _text(body, "ticker").strip().upper())
    if not _TICKER.match(ticker):
        raise QuestionRefused("ticker", "is no symbol; send one such as GME or BRK.B")
    days = body.get("days", 90)
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise QuestionRefused("days", "send a whole number of days above 0, or leave it out")
    return ticker


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 32:
        raise QuestionRefused(name, "send a text of 1 to 32 characters")
    return value


def _array(body: Mapping[str, Any], name: str) -> list[Any]:
    if not isinstance(body.get(name), list):
        raise QuestionRefused(name, "send an array with one value for each row")
    return list(body[name])


def _numbers(name: str, values: Sequence[Any]) -> list[float]:
    for i, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            raise QuestionRefused(f"{name}[{i}]", "is no finite number; send one")
    return [float(value) for value in values]


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value) and abs(value) < 1e15
    except OverflowError:
        return False


def _bounded(name: str, values: Sequence[float], holds: Callable[[float], bool], wanted: str) -> None:
    if not all(map(holds, values)):
        raise QuestionRefused(name, f"holds a value that is not; send values {wanted}")


def _moods(values: Sequence[Any]) -> list[float | None]:
    """One kind for the whole array: codes 0…3, words, or polarities −1…1. Whole numbers 0…3 are codes."""
    if all(isinstance(value, str) for value in values):
        if not set(values) <= set(_WORDS):
            raise QuestionRefused("sentiment", f"holds other words; send {', '.join(_WORDS)}")
        return [_WORDS[value] for value in values]
    numbers = _numbers("sentiment", values)
    if all(isinstance(value, int) and value in _CODES for value in values):
        return [_CODES[value] for value in values]
    _bounded("sentiment", numbers, lambda value: -1 <= value <= 1, "0, 1, 2, 3, POS, NEG, NEUT, or −1 to 1")
    return list(numbers)


def _order(body: Mapping[str, Any], rows: int) -> str:
    """From `order`, or read from `dates`; desc where neither is sent, as the old client did."""
    stated = body.get("order")
    if stated not in (None, "asc", "desc"):
        raise QuestionRefused("order", "send asc (oldest first) or desc (newest first)")
    if "dates" not in body:
        return stated or "desc"
    found = _order_of(_array(body, "dates"), rows)
    if stated not in (None, found):
        raise QuestionRefused("order", f"says {stated}, the dates run {found}; send one of them")
    return found


def _order_of(texts: Sequence[Any], rows: int) -> str:
    if len(texts) != rows:
        raise QuestionRefused("dates", f"has {len(texts)} values, close has {rows}; send equally many")
    days = []
    for i, text in enumerate(texts):
        try:
            days.append(date.fromisoformat(text[:10]))
        except (TypeError, ValueError) as error:
            raise QuestionRefused(f"dates[{i}]", "is no date; send YYYY-MM-DD") from error
    rising = [earlier < later for earlier, later in pairwise(days)]
    if all(rising):
        return "asc"
    falling = [earlier > later for earlier, later in pairwise(days)]
    if all(falling):
        return "desc"
    raise QuestionRefused("dates", "neither rise nor fall all along; send each day once, in order")
