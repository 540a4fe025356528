"""What people write to the bot: a command and its words, and what a follow is meant to ask for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from contracts.events.app import AlertRule, QuietHours
from contracts.events.notifications import PreferenceStatedV1

_TICKER = re.compile(r"^\$?([A-Za-z][A-Za-z0-9]{0,5}([.-][A-Za-z]{1,2})?)$")
_CLOCK = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
KINDS = {
    "move": "price_move",
    "level": "price_level",
    "mood": "sentiment_shift",
    "surge": "mention_surge",
    "fall": "drawdown",
}
"""The words of a rule, and the rule meant."""
USUAL = (
    AlertRule(kind="price_move", threshold=Decimal(5)),
    AlertRule(kind="mention_surge", threshold=Decimal(3)),
    AlertRule(kind="daily_summary"),
)
"""What a follow without words asks for."""


class NotUnderstood(ValueError):
    """The words of a command cannot be followed; the text says what to write."""


@dataclass(frozen=True)
class Command:
    """`/follow@our_bot gme 10` is `follow` with `gme` and `10`; *page* is the one asked for."""

    name: str
    words: tuple[str, ...] = ()
    page: int = 0

    @property
    def text(self) -> str:
        return " ".join((f"/{self.name}", *self.words))


def command(text: str) -> Command | None:
    """None for what does not begin with a slash."""
    first, *words = text.split()[:20] or [""]
    if not first.startswith("/"):
        return None
    return Command(first[1:].partition("@")[0].lower()[:32], tuple(word[:64] for word in words))


def pressed(data: str) -> Command | None:
    """The command behind a button: `2|/screen 20` is its third page."""
    page, _, text = data.partition("|")
    found = command(text)
    return Command(found.name, found.words, int(page)) if found and re.fullmatch(r"\d{1,4}", page) else None


def ticker(words: Sequence[str]) -> str:
    found = _TICKER.match(words[0]) if words else None
    if found is None:
        raise NotUnderstood("Name a ticker, such as GME or BRK.B.")
    return found[1].upper().replace("-", ".")


def wish(said: Command, user_id: str, at: datetime) -> PreferenceStatedV1:
    """The preference a command states. Raises NotUnderstood, naming what to write."""
    if said.name == "quiet":
        return PreferenceStatedV1(
            user_id=user_id, wish="quiet", channel="telegram", quiet_hours=_hours(said.words), stated_at=at
        )
    rules = _rules(said.words[1:]) if said.name == "follow" else ()
    return PreferenceStatedV1(
        user_id=user_id,
        wish=said.name,
        channel="telegram",
        ticker=ticker(said.words),
        rules=rules,
        stated_at=at,
    )


def _rules(words: Sequence[str]) -> tuple[AlertRule, ...]:
    """`10`, `level 300`, `surge 4 fall 20`: a number alone is a move in per cent."""
    rules, kind = [], "price_move"
    for word in words:
        if word.lower() in KINDS:
            kind = KINDS[word.lower()]
            continue
        rules.append(AlertRule(kind=kind, threshold=_number(word)))
        kind = "price_move"
    return tuple(rules) or USUAL


def _number(word: str) -> Decimal:
    try:
        found = Decimal(word.strip("%$±×x+"))
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 < found < 10**9 or len(found.as_tuple().digits) > 12:
        raise NotUnderstood(
            "Write a number, or move, level, mood, surge or fall and a number: /follow GME 10 level 300"
        )
    return found


def _hours(words: Sequence[str]) -> QuietHours | None:
    if [word.lower() for word in words] == ["off"]:
        return None
    parts = " ".join(words).replace("–", "-").replace("-", " ").split()
    found = [_CLOCK.match(part) for part in parts]
    if len(found) != 2 or not all(found):
        raise NotUnderstood("Write from when to when: /quiet 22:00 7:00 — or /quiet off")
    start, end = (f"{int(one[1]):02}:{one[2]}" for one in found if one)
    return QuietHours(start=start, end=end)
