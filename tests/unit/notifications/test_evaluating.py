"""Who is told of what moved, how often, and what is kept about it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.events.app import AlertRule
from contracts.events.envelope import Event
from contracts.events.notifications import AlertFiredV1, NotificationHeldV1
from services.notifications.evaluating import Kept, evaluate_drawdowns, evaluate_rules, evaluate_summary
from tests.builders import (
    NOON,
    Said,
    a_bar,
    a_contact,
    a_forecast,
    a_quote,
    a_ranking,
    a_shift,
    a_summary,
    enveloped,
)
from tests.unit.notifications.fakes import Evaluated, Heard, Subscribers, a_night_sleeper, a_rule, following

MOVE = a_rule("price_move", "10")
TWO_AT_NIGHT = datetime(2021, 1, 28, 7, 0, tzinfo=UTC)
SEVEN = datetime(2021, 1, 28, 12, 0, tzinfo=UTC)


def evaluate(
    event: Any,
    subscribers: Subscribers,
    kept: Evaluated,
    *,
    at: datetime = NOON,
    key: str = "",
    heard: Heard | None = None,
) -> list[Event]:
    said = Said(enveloped(event, at=at, key=key))
    evaluate_rules(event, said, kept=Kept(subscribers, kept, kept, heard or Heard()))
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
    evaluate_summary(event, said, kept=Kept(subscribers, kept, kept, Heard()))  # type: ignore[arg-type]
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


def again(minutes: int, change: str, **changes: Any) -> Any:
    """A quote some minutes after noon."""
    return a_quote(as_of=NOON + timedelta(minutes=minutes), change_pct=change, **changes)


def run(rule: dict[str, Any], quotes: list[Any], **contact: Any) -> list[str]:
    """What became of each quote, in the order of arrival."""
    kept, heard = Evaluated(), Heard()
    subscribers = Subscribers([following(AlertRule.model_validate(rule))], {"alice": a_contact(**contact)})
    for quote in quotes:
        evaluate(quote, subscribers, kept, heard=heard, at=quote.as_of)
    return [row.outcome for row in kept.rows]


COOL = {"kind": "price_move", "threshold": "10", "cooldown_minutes": 30}


def test_a_rule_that_cools_down_fires_again_once_it_came_back_and_the_time_is_over() -> None:
    quotes = [again(0, "11"), again(15, "9"), again(20, "12"), again(45, "12"), again(60, "13")]
    assert run(COOL, quotes) == ["fired", "missed", "held", "fired", "held"]


def test_a_rule_that_never_came_back_stays_silent_though_it_cooled_down() -> None:
    assert run(COOL, [again(0, "11"), again(60, "11"), again(180, "14")]) == ["fired", "held", "held"]


@pytest.mark.parametrize(("back", "then"), [("8.1", "held"), ("8.0", "fired")])
def test_hysteresis_is_how_far_it_must_have_come_back(back: str, then: str) -> None:
    outcomes = run(COOL | {"hysteresis": "2"}, [again(0, "11"), again(15, back), again(60, "11")])
    assert outcomes == ["fired", "missed", then]


def test_a_figure_that_flickers_about_its_line_is_one_alert() -> None:
    flicker = [again(n, "10.1" if n % 2 else "9.9") for n in range(60)]
    outcomes = run(COOL | {"hysteresis": "1"}, flicker)
    assert outcomes.count("fired") == 1


def test_what_is_older_than_what_was_told_is_held_whatever_arrives_last() -> None:
    assert run(COOL, [again(60, "12"), again(15, "9"), again(0, "11")]) == ["fired", "missed", "held"]


def test_each_alert_of_a_day_has_a_name_of_its_own_and_a_repeat_tells_its_own() -> None:
    kept, heard = Evaluated(), Heard()
    subscribers = Subscribers([following(AlertRule.model_validate(COOL))])
    quotes = [again(0, "11"), again(15, "9"), again(60, "12")]
    told = [e for q in quotes for e in alerts(evaluate(q, subscribers, kept, heard=heard))]
    assert len({alert.notification_id for alert in told}) == 2
    assert alerts(evaluate(quotes[0], subscribers, kept, heard=heard)) == [told[0]]


def test_prices_outside_the_session_are_held_for_who_turned_extended_hours_off() -> None:
    quotes = [again(0, "11", session="pre"), again(15, "12")]
    assert run({"kind": "price_move", "threshold": "10"}, quotes, extended_hours=False) == ["held", "fired"]
    assert run({"kind": "price_move", "threshold": "10"}, quotes) == ["fired", "held"]


def test_who_muted_a_kind_everywhere_is_not_told_and_sees_why() -> None:
    kept = Evaluated()
    contact = a_contact(mutes=[{"rule": "price_move"}])
    assert evaluate(a_quote(), Subscribers([following(MOVE)], {"alice": contact}), kept) == []
    assert (kept.rows[0].outcome, kept.rows[0].reason[:19]) == ("held", "price_move is muted")


def test_a_kind_muted_on_one_channel_goes_to_the_others() -> None:
    contact = a_contact(mutes=[{"channel": "email", "rule": "price_move"}])
    [alert] = alerts(evaluate(a_quote(), Subscribers([following(MOVE)], {"alice": contact}), Evaluated()))
    assert alert.channels == ("inbox",)


def test_beyond_the_days_cap_alerts_wait_for_the_digest_and_the_inbox_has_them() -> None:
    kept = Evaluated()
    names = ("GME", "AMC", "BB")
    subscribers = Subscribers(
        [following(MOVE, ticker=name) for name in names], {"alice": a_contact(daily_cap=2)}
    )
    told = [e for name in names for e in evaluate(a_quote(ticker=name), subscribers, kept)]
    assert [alert.channels for alert in alerts(told)] == [("inbox", "email")] * 2 + [("inbox",)]
    held = told[-1]
    assert isinstance(held, NotificationHeldV1)
    assert held.reason == "the day's cap is reached: email waits, the inbox has it"
    assert held.until == datetime(2021, 1, 28, 13, 0, tzinfo=UTC)
    assert kept.rows[-1].outcome == "fired"


def test_a_cap_of_none_at_all_makes_no_noise_ever() -> None:
    subscribers = Subscribers([following(MOVE)], {"alice": a_contact(daily_cap=0)})
    assert alerts(evaluate(a_quote(), subscribers, Evaluated()))[0].channels == ("inbox",)


def test_who_wants_a_digest_gets_everything_in_it() -> None:
    kept, contact = Evaluated(), a_contact(digest_at="18:00")
    alert, held = evaluate(a_quote(), Subscribers([following(MOVE)], {"alice": contact}), kept)
    assert isinstance(alert, AlertFiredV1)
    assert isinstance(held, NotificationHeldV1)
    assert (alert.channels, held.until) == (("inbox",), datetime(2021, 1, 27, 23, 0, tzinfo=UTC))


def fall(ranking: Any, subscribers: Subscribers, kept: Evaluated, heard: Heard | None = None) -> list[Event]:
    said = Said(enveloped(ranking))
    evaluate_drawdowns(ranking, said, kept=Kept(subscribers, kept, kept, heard or Heard()))
    return said.events


DEEP = a_rule("drawdown", "80")


def test_a_fall_the_ranking_names_is_told_with_its_figures() -> None:
    kept = Evaluated()
    [alert] = alerts(fall(a_ranking(), Subscribers([following(DEEP, a_rule("drawdown", "90"))]), kept))
    assert alert.title == "GME −84.6 % from its peak — your line was −80 %"
    assert "closed at $53.50 on 4 Feb 2021" in alert.body
    assert [(row.outcome, row.short_by and str(row.short_by)) for row in kept.rows] == [
        ("fired", None),
        ("missed", "5.4"),
    ]


def test_a_fall_that_lasts_is_told_once_until_it_came_back() -> None:
    kept, heard, subscribers = Evaluated(), Heard(), Subscribers([following(DEEP)])
    top = a_ranking().top[0].model_dump(mode="json")

    def day(number: int, pct: str) -> Any:
        return a_ranking(date=f"2021-02-{number:02}", top=[top | {"drawdown_pct": pct}])

    for ranking in (day(4, "-84"), day(5, "-85"), day(8, "-70"), day(9, "-81")):
        fall(ranking, subscribers, kept, heard)
    assert [row.outcome for row in kept.rows] == ["fired", "held", "missed", "fired"]


def test_a_fall_the_ranking_does_not_name_is_measured_from_the_bars() -> None:
    days = [date(2021, 1, 1) + timedelta(days=n) for n in range(35)]
    closes = ["100" if n == 3 else "10" for n in range(35)]
    bars = [
        a_bar(ticker="AMC", date=d, close=c, previous_close=None) for d, c in zip(days, closes, strict=True)
    ]
    heard = Heard(list(bars))
    kept, subscribers = Evaluated(), Subscribers([following(DEEP, ticker="AMC")])
    [alert] = alerts(fall(a_ranking(date=days[-1]), subscribers, kept, heard))
    assert alert.ticker == "AMC"


@pytest.mark.parametrize(("ticker", "why"), [("BRK.B", "too_few_bars"), ("AMC", "were not heard here")])
def test_a_ticker_without_a_rank_says_so(ticker: str, why: str) -> None:
    kept = Evaluated()
    assert fall(a_ranking(), Subscribers([following(DEEP, ticker=ticker)]), kept) == []
    [row] = kept.rows
    assert row.outcome == "missed"
    assert why in row.reason
