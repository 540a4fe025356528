"""Quotes in any order, repeated: what a rule with cooldown and hysteresis promises whatever arrives when."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events.app import AlertRule
from contracts.events.notifications import AlertFiredV1
from services.notifications.evaluating import Kept, evaluate_rules
from tests.builders import NOON, Said, a_quote, enveloped
from tests.unit.notifications.fakes import Evaluated, Heard, Subscribers, following

RULE = AlertRule(kind="price_move", threshold=10, cooldown_minutes=30, hysteresis=2)
MINUTES = st.integers(0, 20).map(lambda n: 10 * n)
CHANGES = st.sampled_from(["-12", "0", "7", "9", "10", "14"])


def tell(quotes: list[tuple[int, str]]) -> tuple[list[AlertFiredV1], Evaluated]:
    kept, heard, told = Evaluated(), Heard(), list[AlertFiredV1]()
    subscribers = Subscribers([following(RULE)])
    for minutes, change in quotes:
        quote: Any = a_quote(as_of=NOON + timedelta(minutes=minutes), change_pct=change)
        said = Said(enveloped(quote, at=quote.as_of))
        evaluate_rules(quote, said, kept=Kept(subscribers, kept, kept, heard))
        told += [event for event in said.events if isinstance(event, AlertFiredV1)]
    return told, kept


@settings(max_examples=200, deadline=None, derandomize=True)
@given(quotes=st.dictionaries(MINUTES, CHANGES, min_size=1), data=st.data())
def test_alerts_are_never_more_nor_closer_than_the_rule_allows(quotes: dict[int, str], data: Any) -> None:
    history = list(quotes.items())
    in_order, _ = tell(sorted(history))
    shuffled = data.draw(st.permutations(history * 2))
    told, kept = tell(shuffled)

    for direction in (1, -1):
        mine = {a.notification_id: a for a in told if (a.title.startswith("GME −")) is (direction < 0)}
        times = sorted(alert.occurred_at for alert in mine.values())
        assert all(later - earlier >= timedelta(minutes=30) for earlier, later in pairwise(times))
        theirs = [a for a in in_order if (a.title.startswith("GME −")) is (direction < 0)]
        # What arrives late may cost an alert, never the only one, and never makes one more.
        assert bool(mine) == bool(theirs)
        assert len(mine) <= len(theirs)
    # A repeat tells its own alert again, word for word.
    assert {alert.notification_id: alert for alert in told} == {
        own: claim.alert for own, claim in kept.claims.items()
    }
    assert {row.outcome for row in kept.rows} <= {"fired", "held", "missed"}
    assert len(kept.rows) == len(shuffled)
