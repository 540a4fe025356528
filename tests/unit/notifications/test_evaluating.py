"""Who is told of what moved, how often, and what is kept about it."""

from datetime import UTC, datetime, timedelta

from contracts.events.envelope import Event
from contracts.events.notifications import AlertFiredV1, NotificationHeldV1
from services.notifications.evaluating import evaluate_rules, evaluate_summary
from services.notifications.rules import Trigger
from tests.builders import NOON, Said, a_contact, a_forecast, a_quote, a_shift, a_summary, enveloped
from tests.unit.notifications.fakes import Evaluated, Subscribers, a_night_sleeper, a_rule, following

MOVE = a_rule("price_move", "10")
TWO_AT_NIGHT = datetime(2021, 1, 28, 7, 0, tzinfo=UTC)
SEVEN = datetime(2021, 1, 28, 12, 0, tzinfo=UTC)


def evaluate(
    event: Trigger, subscribers: Subscribers, kept: Evaluated, *, at: datetime = NOON, key: str = ""
) -> list[Event]:
    said = Said(enveloped(event, at=at, key=key))
    evaluate_rules(event, said, subscriptions=subscribers, evaluations=kept)
    return said.events


def alerts(events: list[Event]) -> list[AlertFiredV1]:
    return [event for event in events if isinstance(event, AlertFiredV1)]


def test_who_passes_their_line_is_told_with_a_receipt() -> None:
    kept = Evaluated()
    quote = a_quote()
    [alert] = alerts(evaluate(quote, Subscribers([following(MOVE)], {"alice": a_contact()}), kept))
    assert (alert.user_id, alert.ticker, alert.rule) == ("alice", "GME", "price_move")
    assert alert.channels == ("inbox", "email")
    assert alert.evidence == ("follow-alice-GME", enveloped(quote).id)
    assert alert.body.endswith(f"\n\nWhy: tape why {alert.notification_id}")
    assert alert.occurred_at == quote.as_of


def test_who_has_left_no_contact_finds_it_in_the_inbox() -> None:
    [alert] = alerts(evaluate(a_quote(), Subscribers([following(MOVE)]), Evaluated()))
    assert alert.channels == ("inbox",)


def test_a_line_missed_by_a_tenth_is_not_told_but_kept_with_the_tenth() -> None:
    kept = Evaluated()
    assert evaluate(a_quote(change_pct="9.90"), Subscribers([following(MOVE)]), kept) == []
    [row] = kept.rows
    assert (row.outcome, str(row.short_by)) == ("missed", "0.1")


def test_a_repeat_of_the_event_tells_the_same_even_when_the_contact_changed_in_between() -> None:
    kept, subscribers = Evaluated(), Subscribers([following(MOVE)], {"alice": a_contact()})
    first = evaluate(a_quote(), subscribers, kept)
    subscribers.contacts.clear()
    assert evaluate(a_quote(), subscribers, kept) == first
    assert [row.outcome for row in kept.rows] == ["fired", "fired"]


def test_another_event_of_the_day_is_held_as_told_already() -> None:
    kept, subscribers = Evaluated(), Subscribers([following(MOVE)])
    [alert] = alerts(evaluate(a_quote(), subscribers, kept))
    later = a_quote(as_of=NOON + timedelta(minutes=15))
    assert evaluate(later, subscribers, kept) == []
    assert kept.rows[1].outcome == "held"
    assert kept.rows[1].reason.startswith("already told today")
    assert kept.rows[1].notification_id == alert.notification_id


def test_the_same_fact_under_another_event_id_tells_nobody_twice() -> None:
    kept, subscribers = Evaluated(), Subscribers([following(MOVE)])
    assert len(evaluate(a_quote(), subscribers, kept)) == 1
    assert evaluate(a_quote(), subscribers, kept, key="sent again by hand") == []


def test_another_direction_another_line_and_another_day_are_other_alerts() -> None:
    kept = Evaluated()
    subscribers = Subscribers([following(MOVE, a_rule("price_move", "20"))])
    up = alerts(evaluate(a_quote(), subscribers, kept))
    down = alerts(evaluate(a_quote(change_pct="-44.29", as_of=NOON + timedelta(hours=1)), subscribers, kept))
    tomorrow = alerts(evaluate(a_quote(as_of=NOON + timedelta(days=1)), subscribers, kept))
    ids = [alert.notification_id for alert in (*up, *down, *tomorrow)]
    assert len(set(ids)) == len(ids) == 6


def test_the_day_is_new_yorks() -> None:
    kept, subscribers = Evaluated(), Subscribers([following(MOVE)])
    late = datetime(2021, 1, 28, 0, 30, tzinfo=UTC)  # half past seven in the evening of the 27th
    assert len(evaluate(a_quote(), subscribers, kept)) == 1
    assert evaluate(a_quote(as_of=late), subscribers, kept) == []


def test_a_rule_named_twice_tells_once() -> None:
    assert len(evaluate(a_quote(), Subscribers([following(MOVE, MOVE)]), Evaluated())) == 1


def test_followers_of_other_tickers_and_other_rules_hear_nothing() -> None:
    kept = Evaluated()
    subscribers = Subscribers(
        [following(MOVE, ticker="AMC"), following(a_rule("mention_surge", "3"), user_id="bob")]
    )
    assert evaluate(a_quote(), subscribers, kept) == []
    assert kept.rows == []


def test_at_night_the_inbox_gets_it_and_mail_waits_until_morning() -> None:
    kept, subscribers = Evaluated(), Subscribers([following(MOVE)], {"alice": a_night_sleeper()})
    alert, held = evaluate(a_quote(), subscribers, kept, at=TWO_AT_NIGHT)
    assert isinstance(alert, AlertFiredV1)
    assert isinstance(held, NotificationHeldV1)
    assert alert.channels == ("inbox",)
    assert held.notification_id == alert.notification_id
    assert held.until == SEVEN
    assert kept.held[alert.notification_id].later.channels == ("email",)
    assert kept.rows[0].outcome == "fired"


def test_who_has_no_loud_channel_has_nothing_held() -> None:
    quiet = a_night_sleeper(channels=[{"kind": "inbox", "verified": True}])
    kept = Evaluated()
    [alert] = evaluate(a_quote(), Subscribers([following(MOVE)], {"alice": quiet}), kept, at=TWO_AT_NIGHT)
    assert isinstance(alert, AlertFiredV1)
    assert kept.held == {}


def test_a_repeat_at_night_holds_again_what_it_held() -> None:
    kept, subscribers = Evaluated(), Subscribers([following(MOVE)], {"alice": a_night_sleeper()})
    first = evaluate(a_quote(), subscribers, kept, at=TWO_AT_NIGHT)
    assert evaluate(a_quote(), subscribers, kept, at=TWO_AT_NIGHT) == first


def test_a_channel_kind_of_tomorrow_does_not_stop_todays() -> None:
    channels = [{"kind": "pager", "address": "1", "verified": True}, {"kind": "email", "verified": True}]
    contact = type(a_contact()).read(a_contact().model_dump(mode="json") | {"channels": channels})
    [alert] = alerts(evaluate(a_quote(), Subscribers([following(MOVE)], {"alice": contact}), Evaluated()))
    assert alert.channels == ("inbox", "email")


def test_the_scores_behind_a_shift_are_among_its_evidence() -> None:
    shift = a_shift(evidence=[f"score-{n}" for n in range(20)])
    rules = following(a_rule("sentiment_shift", "0.3"), a_rule("mention_surge", "3"))
    found = alerts(evaluate(shift, Subscribers([rules]), Evaluated()))
    assert {alert.rule for alert in found} == {"sentiment_shift", "mention_surge"}
    expected = ("follow-alice-GME", enveloped(shift).id, *shift.evidence)
    assert all(alert.evidence == expected for alert in found)


def test_a_forecast_is_told_once_for_its_date() -> None:
    kept, subscribers = Evaluated(), Subscribers([following(a_rule("direction"))])
    edge = a_forecast(edge=True, direction="up")
    assert len(evaluate(edge, subscribers, kept)) == 1
    assert evaluate(edge.model_copy(update={"horizon": 5}), subscribers, kept) == []


def summarise(event: Event, subscribers: Subscribers, kept: Evaluated) -> list[Event]:
    said = Said(enveloped(event))
    evaluate_summary(event, said, subscriptions=subscribers, evaluations=kept)  # type: ignore[arg-type]
    return said.events


def test_the_day_is_told_once_a_user_over_all_the_tickers_they_follow() -> None:
    daily, gme = a_rule("daily_summary"), a_summary().tickers[0]
    summary = a_summary(
        tickers=[gme.model_copy(update={"ticker": t}).model_dump() for t in ("GME", "AMC", "BB")]
    )
    subscribers = Subscribers(
        [
            following(daily),
            following(daily, ticker="AMC"),
            following(MOVE, ticker="BB"),
            following(daily, user_id="bob", ticker="TSLA"),
        ]
    )
    kept = Evaluated()
    [alert] = alerts(summarise(summary, subscribers, kept))
    assert (alert.user_id, alert.ticker, alert.rule) == ("alice", None, "daily_summary")
    assert "BB" not in alert.body
    assert alert.evidence == ("follow-alice-GME", "follow-alice-AMC", enveloped(summary).id)
    assert summarise(summary, subscribers, kept) == [alert]


def test_a_summary_without_anything_followed_is_nothing() -> None:
    kept = Evaluated()
    assert summarise(a_summary(), Subscribers([following(MOVE)]), kept) == []
    assert kept.rows == []


def test_a_summary_of_a_hundred_follows_still_names_itself_as_evidence() -> None:
    gme = a_summary().tickers[0]
    names = [f"T{n}" for n in range(100)]
    summary = a_summary(tickers=[gme.model_copy(update={"ticker": t}).model_dump() for t in names])
    subscribers = Subscribers([following(a_rule("daily_summary"), ticker=name) for name in names])
    [alert] = alerts(summarise(summary, subscribers, Evaluated()))
    assert len(alert.evidence) == 40
    assert alert.evidence[-1] == enveloped(summary).id
