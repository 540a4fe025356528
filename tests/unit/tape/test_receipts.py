"""A receipt leads back to every cause, each told once."""

from contracts.events.envelope import Envelope, announce
from tests.builders import NOON, a_follow, a_post, a_score, a_shift, an_alert, enveloped
from tools.tape.receipts import Cause, as_json, trace

POST = enveloped(a_post())
SCORE = announce(a_score(), cause=POST, at=NOON)
FOLLOW = enveloped(a_follow())
SHIFT = enveloped(a_shift(evidence=[SCORE.id])).model_copy(update={"causationid": "a-tick"})
SHIFT = SHIFT.model_copy(update={"correlationid": "a-tick"})
ALERT = announce(an_alert(evidence=[FOLLOW.id, SHIFT.id, SCORE.id]), cause=SHIFT, at=NOON)
JOURNAL = {e.id: e for e in (POST, SCORE, FOLLOW, SHIFT, ALERT)}


def _types(cause: Cause) -> list[object]:
    kind = cause.envelope.type if cause.envelope else None
    return [kind, *(_types(found) for found in cause.causes)]


def test_an_alert_leads_back_to_the_follow_and_the_posts() -> None:
    assert _types(trace(ALERT.id, JOURNAL.get)) == [
        "AlertFired.v1",
        ["TickerSentimentShifted.v1", ["SentimentScored.v1", ["PostIngested.v1"]]],
        ["TickerFollowed.v1"],
    ]


def test_a_cause_the_journal_no_longer_has_is_said_to_be_missing() -> None:
    known = {id_: e for id_, e in JOURNAL.items() if e is not FOLLOW}
    found = as_json(trace(ALERT.id, known.get))
    assert {"id": FOLLOW.id, "missing": True, "causes": []} in found["causes"]  # type: ignore[operator]


def test_events_that_name_each_other_end_the_walk() -> None:
    one = POST.model_copy(update={"data": {"evidence": [SCORE.id]}})
    ring: dict[str, Envelope] = {one.id: one, SCORE.id: SCORE}
    assert _types(trace(one.id, ring.get)) == ["PostIngested.v1", ["SentimentScored.v1"]]


def test_as_json_every_event_has_id_time_and_service() -> None:
    told = as_json(trace(SCORE.id, JOURNAL.get))
    assert (told["id"], told["time"], told["service"]) == (SCORE.id, "2021-01-27T17:00:00Z", "sentiment")
