"""Stand-ins for this service's tables, as small as their ports."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contracts.events.app import AlertRule, ContactChangedV1
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.notifications import AlertFiredV1
from services.notifications.alerts import CAPPED, CLAIMED, OVERTAKEN, Claim, Evaluation, Held, Place
from services.notifications.following import Follow
from services.notifications.gating import Fire, Fires
from services.notifications.moments import moment
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
    pruned: list[tuple[str, str]] = field(default_factory=list)

    def followers(self, ticker: str) -> Iterable[Follow]:
        return [follow for follow in self.follows if follow.ticker == ticker]

    def contact(self, user_id: str) -> ContactChangedV1 | None:
        return self.contacts.get(user_id)

    def asked_for(self, kind: str) -> Iterable[str]:
        return sorted({f.ticker for f in self.follows if any(r.kind == kind for r in f.rules)})

    def prune_browser(self, user_id: str, subscription: str) -> None:
        self.pruned.append((user_id, subscription))

    def push_addresses(self, user_id: str) -> Sequence[str]:
        return self.browsers.get(user_id, [])

    def still_follows(self, user_id: str, ticker: str | None) -> bool:
        return any(f.user_id == user_id and ticker in (None, f.ticker) for f in self.follows)


@dataclass
class Evaluated:
    claims: dict[str, Claim] = field(default_factory=dict)
    told: dict[Place, Fires] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    rows: list[Evaluation] = field(default_factory=list)
    loud: Counter[tuple[str, str]] = field(default_factory=Counter)

    def fires(self, place: Place) -> Fires:
        return self.told.get(place, Fires())

    def claim(self, claim: Claim, place: Place, known: Fires) -> str:
        if self.fires(place) != known:
            return OVERTAKEN
        if claim.loud:
            day, cap = claim.loud
            if self.loud[place.user_id, day] >= cap:
                return CAPPED
            self.loud[place.user_id, day] += 1
        own = claim.alert.notification_id
        fire = Fire(claim.event_id, claim.moment, claim.day, own, claim.number)
        self.told[place] = Fires((*known.told, fire), known.version + 1)
        assert own not in self.claims
        self.claims[own] = claim
        return CLAIMED

    def claimed(self, user_id: str, notification_id: str) -> Claim | None:
        return self.claims.get(notification_id)

    def hold(self, held: Held) -> None:
        self.held.setdefault(held.alert.notification_id, held)

    def keep(self, evaluations: Sequence[Evaluation]) -> None:
        self.rows += evaluations


@dataclass
class Waiting:
    """What waits, and which tick took it."""

    held: list[Held] = field(default_factory=list)
    took: dict[str, list[Held]] = field(default_factory=dict)
    digests: dict[str, AlertFiredV1] = field(default_factory=dict)

    def taken(self, *, by: str) -> Sequence[Held]:
        return self.took.get(by, [])

    def waiting(self, *, before: datetime) -> Sequence[str]:
        return list(dict.fromkeys(h.alert.user_id for h in self.held if h.later.until <= before))

    def take(self, user_id: str, *, by: str, before: datetime) -> Sequence[Held]:
        due, rest = list[Held](), list[Held]()
        for one in self.held:
            (due if one.alert.user_id == user_id and one.later.until <= before else rest).append(one)
        self.held = rest
        self.took.setdefault(by, []).extend(due)
        return due

    def keep_digest(self, digest: AlertFiredV1, *, by: str, at: datetime) -> None:
        self.digests[digest.notification_id] = digest


@dataclass
class Heard:
    """The history, in memory."""

    events: list[Any] = field(default_factory=list)

    def put(self, heard: Any) -> None:
        self.events.append(heard)

    def between(self, kind: str, ticker: str, since: datetime, until: datetime) -> Iterable[Any]:
        return [e for e in self.events if e.ticker == ticker and since < moment(e) < until]

    def last_bars(self, ticker: str, *, until: date, limit: int) -> Sequence[DailyBarClosedV1]:
        bars = [e for e in self.events if isinstance(e, DailyBarClosedV1) and e.ticker == ticker]
        return sorted((bar for bar in bars if bar.date <= until), key=lambda bar: bar.date)[-limit:]
