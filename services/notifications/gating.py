"""Whether a rule that passed its line may speak again: cooldown, and having come back in between."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from contracts.events.app import AlertRule
from services.notifications.figures import clock
from services.notifications.rules import Trigger, beyond

Between = Callable[[datetime, datetime], Iterable[Trigger]]
"""What was heard of the rule's ticker after the first moment and before the second."""
_LASTING = ("drawdown",)
"""Kinds whose figure stays beyond the line for weeks: a new day alone is no news of them."""


@dataclass(frozen=True)
class Fire:
    """A rule fired: by which event, of which moment and session day, and as which of that day."""

    event_id: str
    at: datetime
    day: str
    notification_id: str
    number: int


@dataclass(frozen=True)
class Fires:
    """What a rule fired so far, latest last; *version* counts its changes."""

    told: tuple[Fire, ...] = ()
    version: int = 0

    def by(self, event_id: str) -> Fire | None:
        return next((fire for fire in self.told if fire.event_id == event_id), None)

    @property
    def last(self) -> Fire | None:
        return self.told[-1] if self.told else None


def why_silent(
    rule: AlertRule, direction: str, at: datetime, day: str, last: Fire | None, between: Between
) -> str | None:
    """Why *rule*, passed at *at* on session *day*, is silent after firing *last*; none where it may fire."""
    if last is None:
        return None
    if rule.cooldown_minutes is None:
        if day <= last.day:
            return "already told today" if day == last.day else "something newer was told already"
    elif at <= last.at:
        return "something newer was told already"
    elif at < (until := last.at + timedelta(minutes=rule.cooldown_minutes)):
        return f"already told, and silent until {clock(until)}"
    if (day == last.day or rule.kind in _LASTING) and not _came_back(rule, direction, last.at, at, between):
        return "already told, and it has not come back below the line since"
    return None


def number_of(day: str, last: Fire | None) -> int:
    """Which of its day the next fire is."""
    return last.number + 1 if last and last.day == day else 1


def _came_back(rule: AlertRule, direction: str, since: datetime, until: datetime, between: Between) -> bool:
    margin = rule.hysteresis or Decimal()
    found = (beyond(rule, event, direction) for event in between(since, until))
    return any(past is not None and (past <= -margin if margin else past < 0) for past in found)
