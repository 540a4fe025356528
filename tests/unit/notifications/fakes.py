"""Stand-ins for this service's tables, as small as their ports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.events.app import AlertRule, ContactChangedV1
from services.notifications.alerts import Claim, Evaluation, Held
from services.notifications.following import Follow
from tests.builders import a_contact


def a_rule(kind: str, threshold: str | None = None) -> AlertRule:
    return AlertRule.model_validate({"kind": kind, "threshold": threshold})


def following(*rules: AlertRule, user_id: str = "alice", ticker: str = "GME") -> Follow:
    return Follow(user_id, ticker, rules, f"follow-{user_id}-{ticker}")


def a_night_sleeper(**changes: Any) -> ContactChangedV1:
    """Alice in New York, quiet from ten in the evening to seven."""
    return a_contact(**{"quiet_hours": {"start": "22:00", "end": "07:00"}} | changes)


@dataclass
class Subscribers:
    follows: list[Follow] = field(default_factory=list)
    contacts: dict[str, ContactChangedV1] = field(default_factory=dict)
    browsers: dict[str, list[str]] = field(default_factory=dict)

    def followers(self, ticker: str) -> Iterable[Follow]:
        return [follow for follow in self.follows if follow.ticker == ticker]

    def contact(self, user_id: str) -> ContactChangedV1 | None:
        return self.contacts.get(user_id)

    def push_addresses(self, user_id: str) -> Sequence[str]:
        return self.browsers.get(user_id, [])

    def still_follows(self, user_id: str, ticker: str | None) -> bool:
        return any(f.user_id == user_id and ticker in (None, f.ticker) for f in self.follows)


@dataclass
class Evaluated:
    claims: dict[str, Claim] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    rows: list[Evaluation] = field(default_factory=list)

    def claim(self, claim: Claim) -> Claim:
        return self.claims.setdefault(claim.alert.notification_id, claim)

    def hold(self, held: Held) -> None:
        self.held.setdefault(held.alert.notification_id, held)

    def keep(self, evaluations: Sequence[Evaluation]) -> None:
        self.rows += evaluations

    def take(self, *, by: str, before: datetime) -> Sequence[Held]:
        return [held for held in self.held.values() if held.later.until <= before]
